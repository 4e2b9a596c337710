from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0004_indexes_of_books'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='lot',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['book'], name='lot_under_way'),
        ),
    ]
