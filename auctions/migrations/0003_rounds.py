import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):
    dependencies = [("auctions", "0002_tables")]

    operations = [
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("stage", models.CharField(max_length=32)),
                ("program", models.CharField(choices=[("CLOCK", "Clock"), ("WORKER", "Worker")], max_length=8)),
                ("process", models.CharField(max_length=128)),
                (
                    "venues",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("ended_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("stage", "process"), name="round_once_a_process")],
            },
        ),
        migrations.AddField(model_name="step", name="settling_at", field=models.DateTimeField(null=True)),
    ]
