from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0005_indexes_of_lots'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='step',
            index=models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='step_parked'),
        ),
        AddIndexConcurrently(
            model_name='step',
            index=models.Index(condition=models.Q(('state', 'READY')), fields=['due_at', 'id'], name='step_ready'),
        ),
        AddIndexConcurrently(
            model_name='step',
            index=models.Index(condition=models.Q(('state', 'SETTLING')), fields=['due_at', 'id'], name='step_settling'),
        ),
        RemoveIndexConcurrently(
            model_name='step',
            name='step_under_way',
        ),
    ]
