from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0013_playbooks_bound_bids_validated'),
    ]

    operations = [
        migrations.AddField(
            model_name='auction',
            name='max_bids',
            field=models.PositiveIntegerField(db_default=200, default=200),
        ),
        migrations.AddField(
            model_name='auction',
            name='min_improvement_bps',
            field=backstop.models.base.EdgeField(db_default=1, default=1),
        ),
    ]
