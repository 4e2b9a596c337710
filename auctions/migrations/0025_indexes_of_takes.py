from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('auctions', '0024_settled_totals'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='take',
            index=models.Index(fields=['provider', 'created_at', 'id'], name='take_of_provider'),
        ),
    ]
