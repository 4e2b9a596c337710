from decimal import Decimal

from django.db import migrations

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0084_cover_uses'),
    ]

    operations = [
        migrations.AddField(
            model_name='coverrate',
            name='used',
            field=backstop.models.base.AmountField(db_default=0, decimal_places=18, default=Decimal('0'), max_digits=38),
        ),
    ]
