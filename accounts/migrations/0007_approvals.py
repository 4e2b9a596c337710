import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_ceilings_hold'),
        ('backstop', '0006_events_of_ones_own_hold'),
    ]

    operations = [
        migrations.AlterField(
            model_name='transfer',
            name='purpose',
            field=models.CharField(choices=[('DEPOSIT', 'collateral in'), ('WITHDRAWAL', 'collateral out'), ('FUNDING', "the fund's own money"), ('COLLECTED', 'fees and penalties moved into the fund'), ('INTAKE', "a book's cash, funding and profit at intake marks"), ('INTAKE_REVERSED', 'an intake taken back: the book was amended or withdrawn'), ('MARK_CHANGE', 'linear profit and loss since intake'), ('TRANSFER_VALUE', 'spot against its value'), ('SHORTFALL', 'what an estate lacks stands as debt'), ('ADVANCE', "the fund's part of an edge"), ('EDGE', 'what a provider earns'), ('ROUNDING', 'a fraction that neither side bears'), ('MARGIN', 'margin posted or returned'), ('ADVANCE_REPAID', 'the estate repays the fund'), ('DEBT_REPAID', 'the estate repays its debt'), ('DEBT_COVERED', 'the fund covers a debt'), ('DEBT_LOST', 'nobody covers a debt'), ('FEE', 'liquidation fee'), ('PENALTY', "a provider's fault"), ('RESIDUAL', "what is left for the account's owner")], max_length=16),
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('operation', models.CharField(max_length=64)),
                ('arguments', models.JSONField()),
                ('amount', backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('ASKED', 'Asked'), ('CONFIRMED', 'Confirmed'), ('WITHDRAWN', 'Withdrawn')], default='ASKED', editable=False, max_length=16)),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), size=None)),
                ('confirmed_by', models.CharField(blank=True, default='', max_length=200)),
                ('confirmed_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), default=tuple, size=None)),
                ('lapses_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawal_reason', models.CharField(blank=True, default='', max_length=500)),
                ('asset', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.asset')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='backstop.venue')),
            ],
            options={
                'indexes': [models.Index(fields=['venue', 'created_at', 'id'], name='approval_in_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'CONFIRMED'), _negated=True), models.Q(('confirmed_names', []), _negated=True), _connector='OR'), name='approval_by_somebody'), models.CheckConstraint(condition=models.Q(('asked_names__overlap', models.F('confirmed_names')), _negated=True), name='approval_by_another_person')],
            },
        ),
        migrations.CreateModel(
            name='ApprovalLimit',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('amount', backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True)),
                ('asset', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.asset')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approval_limits', to='backstop.venue')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount__gte', 0), _connector='OR'), name='approval_limit_not_negative')],
            },
        ),
    ]
