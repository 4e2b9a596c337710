from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0001_tables'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='transfer',
            index=models.Index(fields=['debit', 'created_at', 'id'], name='transfer_of_debit'),
        ),
        AddIndexConcurrently(
            model_name='transfer',
            index=models.Index(fields=['credit', 'created_at', 'id'], name='transfer_of_credit'),
        ),
    ]
