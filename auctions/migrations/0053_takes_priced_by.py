from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0052_auctions_judged_by")]

    operations = [
        migrations.AddField(
            model_name='take',
            name='priced_by',
            field=models.JSONField(null=True),
        ),
    ]
