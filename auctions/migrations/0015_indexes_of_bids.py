from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0014_auctions_bound_bids'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='bid',
            index=models.Index(condition=models.Q(('commitment', None)), fields=['auction', 'provider'], name='bid_of_provider_in_auction'),
        ),
    ]
