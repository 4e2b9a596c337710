from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0007_indexes_of_auctions'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='bid',
            index=models.Index(fields=['provider', 'created_at', 'id'], name='bid_of_provider'),
        ),
        AddIndexConcurrently(
            model_name='bid',
            index=models.Index(condition=models.Q(('state', 'LIVE')), fields=['provider', 'created_at', 'id'], name='bid_of_provider_live'),
        ),
        RemoveIndexConcurrently(
            model_name='bid',
            name='bid_newest_first',
        ),
    ]
