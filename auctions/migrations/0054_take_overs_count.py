from django.db import migrations

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0053_takes_priced_by")]

    operations = [
        migrations.AddField(
            model_name="takeover",
            name="counted",
            field=backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True),
        ),
    ]
