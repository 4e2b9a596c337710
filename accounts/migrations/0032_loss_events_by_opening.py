from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0031_recoveries_for_a_reason'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='lossevent',
            index=models.Index(fields=['venue', 'opened_at'], name='loss_event_by_opening'),
        ),
    ]
