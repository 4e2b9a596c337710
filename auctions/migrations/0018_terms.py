from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0017_jumps_hold'),
    ]

    operations = [
        migrations.AddField(
            model_name='position',
            name='margin_rate',
            field=models.DecimalField(decimal_places=6, max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name='position',
            name='quantity_step',
            field=backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True),
        ),
    ]
