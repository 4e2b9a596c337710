from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0010_settlement_counters'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='holdingentry',
            index=models.Index(fields=['holding', 'settlement_sequence'], name='holding_entry_in_order'),
        ),
    ]
