from django.db import migrations

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_purposes_of_inventory'),
    ]

    operations = [
        migrations.AddField(
            model_name='holdingentry',
            name='margin',
            field=backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True),
        ),
        migrations.AddField(
            model_name='holdingentry',
            name='price',
            field=backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True),
        ),
    ]
