import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_bids_that_stand'),
        ('backstop', '0010_terms'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettlementCounter',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('last', models.BigIntegerField(default=0)),
                ('provider', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.provider')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.venue')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('venue', 'provider'), name='settlement_counter_one_per_holder', nulls_distinct=False)],
            },
        ),
    ]
