from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0081_kept_equity_advanced_validated")]

    operations = [migrations.AddField("readiness", "void_marks", models.JSONField(null=True))]
