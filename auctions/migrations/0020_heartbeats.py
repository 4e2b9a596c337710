import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):
    dependencies = [("auctions", "0019_playbooks_within_limits"), ("backstop", "0008_used_marks")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("beat_at", models.DateTimeField()),
                (
                    "venue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="heartbeat", to="backstop.venue"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="playbook",
            name="outage_seconds",
            field=models.PositiveIntegerField(
                db_default=10,
                default=10,
                help_text="Time in which nothing ran for longer is not bidding time: deadlines and price clocks stand "
                "still.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
    ]
