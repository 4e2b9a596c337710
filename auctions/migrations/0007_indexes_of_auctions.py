from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0006_indexes_of_steps'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='auction',
            index=models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='auction_parked'),
        ),
        AddIndexConcurrently(
            model_name='auction',
            index=models.Index(condition=models.Q(('state', 'HALTED')), fields=['halt_ends_at'], name='auction_halt_ends'),
        ),
        AddIndexConcurrently(
            model_name='auction',
            index=models.Index(fields=['venue', 'created_at', 'id'], name='auction_of_venue'),
        ),
        AddIndexConcurrently(
            model_name='auction',
            index=models.Index(fields=['venue', 'state', 'created_at', 'id'], name='auction_of_venue_in_state'),
        ),
        RemoveIndexConcurrently(
            model_name='auction',
            name='auction_newest_first',
        ),
    ]
