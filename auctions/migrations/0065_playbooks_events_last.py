from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast


def seconds(name):
    return Cast(name, models.BigIntegerField())


SEALED = seconds("sealed_seconds") + seconds("max_reopenings") * F("reopening_seconds")
AUCTIONS = SEALED + seconds("priority_seconds") + 2 * seconds("dutch_seconds")
STOPPED = seconds("max_queue_seconds") + seconds("max_halt_seconds") + seconds("confirm_seconds")
JUDGED = seconds("contest_seconds") + seconds("decide_seconds")
OPENS = seconds("hours_clause_seconds") + seconds("max_waterfall_seconds") + seconds("retry_seconds")


class Migration(migrations.Migration):
    """Not validated: a version of before that says otherwise goes on as it is, no new one may."""

    dependencies = [("auctions", "0064_markouts")]

    operations = [
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    max_event_seconds__gte=OPENS + (1 + seconds("max_restarts")) * AUCTIONS + 3 * STOPPED + JUDGED
                ),
                name="playbook_events_outlast_their_books",
                violation_error_message=(
                    "max_event_seconds is at least hours_clause + max_waterfall + retry + (1 + max_restarts) "
                    "x (sealed + max_reopenings x reopening + priority + 2 x dutch) "
                    "+ 3 x (max_queue + max_halt + confirm) + contest + decide seconds."
                ),
            ),
        )
    ]
