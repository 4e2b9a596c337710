from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base

RETRIES = models.PositiveSmallIntegerField(
    db_default=1, default=1, help_text="Dutch auctions again for what is unplaced."
)


class Migration(migrations.Migration):
    """Playbooks say how long they are patient, not how often. Programs of 0.2.0 go on to read `max_retries`, which those
    of now leave at its default; the release after drops it."""

    dependencies = [("auctions", "0026_rounds_of_steps")]

    operations = [
        migrations.AlterField("playbook", "max_retries", RETRIES),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("playbook", "max_retries")]),
        migrations.AlterField(
            "playbook",
            "retry_seconds",
            models.PositiveIntegerField(
                default=30,
                help_text="So long after a round another one opens for what is left: a sealed and a Dutch auction.",
            ),
        ),
        migrations.AlterField(
            "playbook",
            "max_waterfall_seconds",
            models.PositiveIntegerField(
                default=1800,
                help_text="No round opens later than so long after the book came in; one that is open is finished.",
            ),
        ),
        migrations.AddField(
            "playbook",
            "max_unplaced_risk",
            backstop.models.base.AmountField(
                blank=True,
                help_text="While more than so much notional x margin rate of the venue's books is unplaced, what a "
                "round leaves is offered to the fund before the next one, oldest first. Empty: it waits.",
                null=True,
            ),
        ),
        AddConstraintNotValid(
            "playbook",
            models.CheckConstraint(
                condition=models.Q(("max_unplaced_risk__isnull", True), ("max_unplaced_risk__gte", 0), _connector="OR"),
                name="playbook_unplaced_risk_not_negative",
            ),
        ),
    ]
