from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0010_indexes_of_settlements'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='breaker',
            index=models.Index(condition=models.Q(('level__gt', 0)), fields=['venue', 'level'], name='breaker_in_force'),
        ),
        AddIndexConcurrently(
            model_name='breaker',
            index=models.Index(fields=['venue', 'created_at', 'id'], name='breaker_of_venue'),
        ),
    ]
