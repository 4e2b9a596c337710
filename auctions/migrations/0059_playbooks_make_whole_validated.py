import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0058_playbooks_make_whole'),
    ]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name='playbook',
            name='playbook_venue_fault_within',
        ),
    ]
