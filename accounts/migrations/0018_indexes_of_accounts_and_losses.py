from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0017_exposures_and_defaults'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('kind__in', ('CLEARING', 'FUND', 'FEES', 'PENALTIES', 'LOSSES', 'FIRST_TRANCHE'))), fields=['venue', 'asset'], name='account_of_venue'),
        ),
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('kind', 'MARGIN')), fields=['provider'], name='account_margin'),
        ),
        AddIndexConcurrently(
            model_name='lossevent',
            index=models.Index(condition=models.Q(('kind', 'PROVIDER')), fields=['venue', 'created_at', 'id'], name='loss_event_of_defaults'),
        ),
    ]
