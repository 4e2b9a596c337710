from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0071_awards_above_cap")]

    operations = [
        migrations.AddField("readiness", "marks", models.JSONField(null=True)),
        migrations.AddField(
            "readiness", "max_drift_bps", backstop.models.base.EdgeField(decimal_places=4, max_digits=12, null=True)
        ),
        AddConstraintNotValid(
            "readiness",
            models.CheckConstraint(
                condition=Q(max_drift_bps__isnull=True, marks__isnull=True)
                | Q(max_drift_bps__isnull=False, max_drift_bps__gte=0, marks__isnull=False),
                name="readiness_drifts_since_its_marks",
            ),
        ),
    ]
