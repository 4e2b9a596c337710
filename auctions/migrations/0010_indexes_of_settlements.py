from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0009_indexes_of_awards'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='settlement',
            index=models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='settlement_parked'),
        ),
        AddIndexConcurrently(
            model_name='settlement',
            index=models.Index(condition=models.Q(('state', 'CONFIRMED')), fields=['created_at', 'id'], name='settlement_confirmed'),
        ),
        AddIndexConcurrently(
            model_name='settlement',
            index=models.Index(condition=models.Q(('state', 'AWAITING')), fields=['confirm_by', 'id'], name='settlement_awaiting'),
        ),
        AddIndexConcurrently(
            model_name='settlement',
            index=models.Index(condition=models.Q(('state__in', ('REJECTED', 'EXPIRED'))), fields=['book'], name='settlement_failed'),
        ),
    ]
