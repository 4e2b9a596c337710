from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0025_indexes_of_takes")]

    operations = [
        migrations.AddField("step", "round", models.PositiveSmallIntegerField(db_default=1, default=1)),
    ]
