from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0049_lots_count_their_awards")]

    operations = [ValidateConstraint(model_name="lot", name="lot_never_oversold")]
