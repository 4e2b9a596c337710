from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0051_chain_links")]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='judged_by',
            field=models.JSONField(null=True),
        ),
    ]
