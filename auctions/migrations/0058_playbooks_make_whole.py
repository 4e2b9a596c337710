from decimal import Decimal

import django.contrib.postgres.operations
import django.core.validators
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0057_faults'),
    ]

    operations = [
        migrations.AddField(
            model_name='playbook',
            name='contest_seconds',
            field=models.PositiveIntegerField(db_default=3600, default=3600, help_text='So long after it is known what a fault costs, its provider may contest it; then it stands.'),
        ),
        migrations.AddField(
            model_name='playbook',
            name='decide_seconds',
            field=models.PositiveIntegerField(db_default=86400, default=86400, help_text='So long an arbiter may decide a fault that is contested; then there was none.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='playbook',
            name='make_whole_seconds',
            field=models.PositiveIntegerField(db_default=600, default=600, help_text="Drift is a failing provider's until somebody is given some of its award, or so long after that."),
        ),
        migrations.AddField(
            model_name='playbook',
            name='venue_fault_bps',
            field=backstop.models.base.EdgeField(db_default=Decimal('0'), decimal_places=4, default=Decimal('10'), help_text="What a provider gets, once a book, whose award failed by its venue's fault or silence.", max_digits=12),
        ),
        migrations.AlterField(
            model_name='playbook',
            name='penalty_bps',
            field=backstop.models.base.EdgeField(decimal_places=4, default=Decimal('50'), help_text="What a provider's fault costs it at least; more where replacing its award was dearer.", max_digits=12),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(('venue_fault_bps__gte', 0), ('venue_fault_bps__lt', 10000)), name='playbook_venue_fault_within'),
        ),
    ]
