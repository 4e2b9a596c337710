import django.core.validators
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0011_indexes_of_breakers'),
    ]

    operations = [
        migrations.AddField(
            model_name='playbook',
            name='max_bids',
            field=models.PositiveIntegerField(db_default=200, default=200, help_text='The most bids that a provider ever places in one auction: those taken back or improved count too.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='playbook',
            name='min_improvement_bps',
            field=backstop.models.base.EdgeField(db_default=1, default=1, help_text='An improvement that lowers an edge lowers it by at least so much.'),
        ),
        AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(('max_bids__gte', 1), ('min_improvement_bps__gte', 0)), name='playbook_bids_bounded'),
        ),
    ]
