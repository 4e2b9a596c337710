from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0008_indexes_of_bids'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='award',
            index=models.Index(fields=['created_at', 'id'], name='award_in_order'),
        ),
        AddIndexConcurrently(
            model_name='award',
            index=models.Index(fields=['provider', 'created_at', 'id'], name='award_of_provider'),
        ),
        AddIndexConcurrently(
            model_name='award',
            index=models.Index(condition=models.Q(('bid__isnull', True), ('take__isnull', True)), fields=['provider', 'created_at', 'id'], name='award_of_commitments'),
        ),
        AddIndexConcurrently(
            model_name='award',
            index=models.Index(condition=models.Q(('bid__isnull', False)), fields=['provider', 'created_at', 'id'], name='award_of_bidders'),
        ),
        AddIndexConcurrently(
            model_name='award',
            index=models.Index(condition=models.Q(('take__isnull', False)), fields=['provider', 'created_at', 'id'], name='award_of_takers'),
        ),
        RemoveIndexConcurrently(
            model_name='award',
            name='award_newest_first',
        ),
    ]
