from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("backstop", "0005_events_of_ones_own")]

    operations = [ValidateConstraint(model_name="event", name="event_of_a_provider_is_for_it")]
