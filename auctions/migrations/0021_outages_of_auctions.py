from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0020_heartbeats")]

    operations = [
        migrations.AddField(
            model_name="auction", name="outage_seconds", field=models.PositiveIntegerField(null=True)
        ),
    ]
