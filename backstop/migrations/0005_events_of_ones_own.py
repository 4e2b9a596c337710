from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

VISIBILITY = models.CharField(
    choices=[
        ("VENUE", "venue"),
        ("OWN", "own"),
        ("PROVIDER", "provider"),
        ("EVERYBODY", "everybody"),
        ("NOBODY", "nobody"),
    ],
    max_length=16,
)
FOR_IT = models.CheckConstraint(
    condition=models.Q(("provider_id__isnull", True), ("visibility__in", ["OWN", "PROVIDER"]), _connector="OR"),
    name="event_of_a_provider_is_for_it",
)


class Migration(migrations.Migration):
    dependencies = [("backstop", "0004_outbox_in_order")]

    operations = [
        migrations.AlterField(model_name="event", name="visibility", field=VISIBILITY),
        migrations.AlterField(model_name="publication", name="visibility", field=VISIBILITY),
        migrations.RemoveConstraint(model_name="event", name="event_of_a_provider_is_for_it"),
        AddConstraintNotValid(model_name="event", constraint=FOR_IT),
    ]
