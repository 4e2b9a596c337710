from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("backstop", "0003_outbox_venue")]

    operations = [
        AddIndexConcurrently("outbox", models.Index(fields=["venue_id", "id"], name="outbox_in_order")),
    ]
