from django.db import migrations

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("backstop", "0006_events_of_ones_own_hold")]

    operations = [
        migrations.AddField(
            model_name="mark",
            name="price_before",
            field=backstop.models.base.AmountField(decimal_places=18, editable=False, max_digits=38, null=True),
        ),
    ]
