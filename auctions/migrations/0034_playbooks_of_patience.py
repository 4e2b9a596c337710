from decimal import Decimal

import django.core.validators
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    """Playbooks of before go on as they are: what is new to them stays empty."""

    dependencies = [
        ("auctions", "0033_bids_bound_drift_validated"),
        ("backstop", "0010_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="playbook",
            name="dutch_mark_max_age_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Dutch auctions are priced with marks no older than this. Empty: than mark_max_age_seconds.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="dutch_mark_max_age_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                default=5,
                help_text="Dutch auctions are priced with marks no older than this. Empty: than mark_max_age_seconds.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="playbook",
            name="dutch_rise_bps",
            field=backstop.models.base.EdgeField(
                blank=True,
                decimal_places=4,
                help_text="By so much a second the edge rises, whatever the cap. Empty: as dutch_curve says.",
                max_digits=12,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="dutch_rise_bps",
            field=backstop.models.base.EdgeField(
                blank=True,
                decimal_places=4,
                default=Decimal("0.5"),
                help_text="By so much a second the edge rises, whatever the cap. Empty: as dutch_curve says.",
                max_digits=12,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="playbook",
            name="partial_cost_bps",
            field=backstop.models.base.EdgeField(
                db_default=100,
                decimal_places=4,
                default=Decimal("100"),
                help_text="What selling a part of an account is reckoned to cost; the equity kept answers for the rest.",
                max_digits=12,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="drift_buffer_bps",
            field=backstop.models.base.EdgeField(
                decimal_places=4,
                default=Decimal("300"),
                help_text="What a bid holds above the marks of the opening; more where its own limit is larger.",
                max_digits=12,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="dutch_seconds",
            field=models.PositiveIntegerField(default=1200, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="max_drift_bps",
            field=backstop.models.base.EdgeField(
                decimal_places=4,
                default=Decimal("300"),
                help_text="Where marks moved further from the opening to the close, a bid that says nothing else is void.",
                max_digits=12,
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="max_restarts",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="How often a sealed auction starts anew at fresh marks that left none of its bids.",
                validators=[django.core.validators.MaxValueValidator(5)],
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="max_waterfall_seconds",
            field=models.PositiveIntegerField(
                default=10800,
                help_text="No round opens later than so long after the book came in; one that is open is finished.",
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="reopening_seconds",
            field=models.PositiveIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="retry_seconds",
            field=models.PositiveIntegerField(
                default=60,
                help_text="So long after a round another one opens for what is left: a sealed and a Dutch auction.",
            ),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="sealed_seconds",
            field=models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1)]),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("partial_cost_bps__gte", 0), ("partial_cost_bps__lt", 10000)),
                name="playbook_partial_cost_within",
                violation_error_message="Selling a part costs at least 0 and less than 10000 bps.",
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("dutch_rise_bps__isnull", True), ("dutch_rise_bps__gt", 0), _connector="OR"),
                name="playbook_dutch_rises",
                violation_error_message="An edge rises by more than 0 bps a second.",
            ),
        ),
    ]
