from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0077_cancel_switches")]

    operations = [migrations.AddField("bid", "expires_at", models.DateTimeField(null=True))]
