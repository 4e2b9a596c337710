from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0034_contributions'),
    ]

    operations = [
        ValidateConstraint(model_name='account', name='account_provider_where_its'),
    ]
