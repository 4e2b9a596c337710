import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_indexes_of_accounts_and_losses'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='collected_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='granted_names',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), null=True, size=None),
        ),
    ]
