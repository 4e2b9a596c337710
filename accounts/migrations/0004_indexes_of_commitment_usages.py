from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0003_indexes_of_accounts'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='commitmentusage',
            index=models.Index(fields=['subject_id'], name='commitment_usage_subject'),
        ),
    ]
