from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0035_contributions_hold'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('kind__in', ('CLEARING', 'FUND', 'FEES', 'PENALTIES', 'LOSSES', 'FIRST_TRANCHE', 'SECOND_TRANCHE'))), fields=['venue', 'asset'], name='account_own_of_venue'),
        ),
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('kind', 'CONTRIBUTION')), fields=['venue', 'asset'], name='account_contribution'),
        ),
        RemoveIndexConcurrently(
            model_name='account',
            name='account_of_venue',
        ),
    ]
