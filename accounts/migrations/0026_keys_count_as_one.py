from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0025_purpose_of_kept_equity")]

    operations = [migrations.AddField("apikey", "origin_id", models.UUIDField(blank=True, null=True))]
