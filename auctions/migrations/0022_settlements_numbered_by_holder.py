from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0021_outages_of_auctions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='settlement',
            name='sequence',
            field=models.BigIntegerField(null=True),
        ),
    ]
