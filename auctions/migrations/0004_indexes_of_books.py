from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0003_rounds'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='book_parked'),
        ),
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(condition=models.Q(('state__in', ['RECEIVED', 'AMENDED'])), fields=['venue', 'received_at', 'id'], name='book_to_route'),
        ),
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(fields=['venue', 'created_at', 'id'], name='book_of_venue'),
        ),
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(fields=['venue', 'state', 'created_at', 'id'], name='book_of_venue_in_state'),
        ),
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(fields=['venue', 'account', 'created_at', 'id'], name='book_of_account'),
        ),
        RemoveIndexConcurrently(
            model_name='book',
            name='book_newest_first',
        ),
    ]
