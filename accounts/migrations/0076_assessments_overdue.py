from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0075_indexes_of_obligations_and_addends'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='assessment',
            index=models.Index(condition=models.Q(('state', 'OVERDUE')), fields=['provider', 'asset'], name='assessment_owed_late'),
        ),
    ]
