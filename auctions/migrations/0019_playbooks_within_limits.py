from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """They hold for versions to come. What an older one says stays as it was used, so that they are never validated."""

    dependencies = [
        ('auctions', '0018_terms'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(('dutch_start_bps__gt', -10000), ('dutch_start_bps__lte', models.F('dutch_cap_bps'))), name='playbook_dutch_starts_within_cap', violation_error_message='A Dutch auction starts above -10000 bps, and at most at its cap.'),
        ),
        AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(('uncontested_cap_bps__gte', 0), ('uncontested_cap_bps__lt', 10000)), name='playbook_uncontested_cap_within', violation_error_message='The cap without competition is at least 0 and below 10000 bps.'),
        ),
        AddConstraintNotValid(
            model_name='playbook',
            constraint=models.CheckConstraint(condition=models.Q(('cover_percent__lte', 1000)), name='playbook_cover_can_be_reached', violation_error_message='Without the largest group, at most ten times the units can be asked for.'),
        ),
    ]
