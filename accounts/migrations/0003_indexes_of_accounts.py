from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0002_indexes_of_transfers'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('kind', 'COLLATERAL')), fields=['venue', 'asset'], name='account_collateral'),
        ),
    ]
