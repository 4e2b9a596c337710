from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0040_loss_events_of_books'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='book',
            index=models.Index(condition=models.Q(('loss_event__isnull', False)), fields=['loss_event'], name='book_of_loss_event'),
        ),
    ]
