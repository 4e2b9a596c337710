import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('backstop', '0009_buckets'),
    ]

    operations = [
        migrations.CreateModel(
            name='InstrumentTerms',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('effective_at', models.DateTimeField()),
                ('quantity_step', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('margin_rate', models.DecimalField(decimal_places=6, max_digits=9)),
                ('is_listed', models.BooleanField(default=True)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='backstop.instrument')),
            ],
            options={
                'verbose_name_plural': 'instrument terms',
                'constraints': [models.UniqueConstraint(fields=('instrument', 'effective_at'), name='instrument_terms_one_at_a_time'), models.CheckConstraint(condition=models.Q(('quantity_step__gt', 0)), name='instrument_terms_step_positive'), models.CheckConstraint(condition=models.Q(('margin_rate__gte', 0), ('margin_rate__lte', 1)), name='instrument_terms_margin_rate_a_fraction')],
            },
        ),
        migrations.CreateModel(
            name='VenueTerms',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('effective_at', models.DateTimeField()),
                ('notice_seconds', models.PositiveIntegerField()),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='backstop.venue')),
            ],
            options={
                'verbose_name_plural': 'venue terms',
                'constraints': [models.UniqueConstraint(fields=('venue', 'effective_at'), name='venue_terms_one_at_a_time')],
            },
        ),
    ]
