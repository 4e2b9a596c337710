from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0012_playbooks_bound_bids'),
    ]

    operations = [
        ValidateConstraint(model_name='playbook', name='playbook_bids_bounded'),
    ]
