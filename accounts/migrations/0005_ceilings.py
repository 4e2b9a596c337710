from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

MOST_HELD = Decimal("100000000000000000")
MOST_OF_VENUE = Decimal("10000000000000000000")
VENUE_KINDS = ("CLEARING", "FUND", "FEES", "PENALTIES", "LOSSES")
WITHIN = models.CheckConstraint(
    condition=models.Q(
        ("posted__range", (MOST_HELD.copy_negate(), MOST_HELD)),
        models.Q(
            ("kind__in", VENUE_KINDS),
            ("posted__range", (MOST_OF_VENUE.copy_negate(), MOST_OF_VENUE)),
        ),
        _connector="OR",
    ),
    name="account_within_ceiling",
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_indexes_of_commitment_usages")]

    operations = [AddConstraintNotValid(model_name="account", constraint=WITHIN)]
