import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auctions', '0041_indexes_of_loss_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='playbook',
            name='hours_clause_seconds',
            field=models.PositiveIntegerField(db_default=259200, default=259200, help_text='So long books of one cluster join the loss event that its first book opened.', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='playbook',
            name='max_event_seconds',
            field=models.PositiveIntegerField(db_default=604800, default=604800, help_text='A loss event is final so long after it opened, in any case.'),
        ),
    ]
