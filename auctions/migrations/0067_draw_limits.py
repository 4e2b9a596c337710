from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0066_lots_count_what_the_fund_pays'),
    ]

    operations = [
        migrations.AddField(
            model_name='playbook',
            name='fund_day_limit',
            field=backstop.models.base.AmountField(blank=True, decimal_places=18, help_text='The most that it spends in 24 hours in all. Empty: no limit.', max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='playbook',
            name='fund_event_limit',
            field=backstop.models.base.AmountField(blank=True, decimal_places=18, help_text='The most that it spends on the books of one loss event. Empty: no limit.', max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='playbook',
            name='fund_group_limit',
            field=backstop.models.base.AmountField(blank=True, decimal_places=18, help_text='The most that it spends in 24 hours on edges of one product group; a lot of several counts in full for each. Empty: no limit.', max_digits=38, null=True),
        ),
        AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fund_event_limit__lt', 0), _negated=True), models.Q(('fund_group_limit__lt', 0), _negated=True), models.Q(('fund_day_limit__lt', 0), _negated=True)), name='playbook_draw_limits_not_negative'),
        ),
    ]
