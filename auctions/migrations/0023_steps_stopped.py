from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0022_settlements_numbered_by_holder'),
    ]

    operations = [
        migrations.AddField(
            model_name='step',
            name='stopped_at',
            field=models.DateTimeField(null=True),
        ),
    ]
