from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0082_void_marks_of_readiness")]

    operations = [migrations.AddField("cutbid", "void_marks", models.JSONField(null=True))]
