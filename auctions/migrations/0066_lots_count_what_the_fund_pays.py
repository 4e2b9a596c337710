from django.db import migrations

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0065_playbooks_events_last")]

    operations = [
        migrations.AddField(
            model_name="lot",
            name="fund_paid",
            field=backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True),
        ),
    ]
