from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0074_margin_calls'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='obligation',
            index=models.Index(fields=['provider', 'created_at', 'id'], name='obligation_of_provider'),
        ),
        AddIndexConcurrently(
            model_name='lossaddend',
            index=models.Index(fields=['loss_event', 'created_at', 'id'], name='loss_addend_of_event'),
        ),
        AddIndexConcurrently(
            model_name='lossrecovery',
            index=models.Index(fields=['loss_event', 'created_at', 'id'], name='loss_recovery_of_event'),
        ),
    ]
