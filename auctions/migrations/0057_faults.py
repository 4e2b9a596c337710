import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_purposes_of_faults'),
        ('auctions', '0056_playbooks_cut_inventory_holds'),
        ('backstop', '0011_exposure_and_default_terms'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderFault',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('retry_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('parked_reason', models.TextField(blank=True, default='', editable=False)),
                ('state', models.CharField(choices=[('COUNTING', 'Counting'), ('CONTESTABLE', 'Contestable'), ('CONTESTED', 'Contested'), ('UPHELD', 'Upheld'), ('DISMISSED', 'Dismissed')], default='COUNTING', max_length=16)),
                ('held', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('drift_until', models.DateTimeField()),
                ('marks', models.JSONField(null=True)),
                ('amount', backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True)),
                ('to_estate', backstop.models.base.AmountField(decimal_places=18, max_digits=38, null=True)),
                ('contest_until', models.DateTimeField(null=True)),
                ('contest_reason', models.CharField(blank=True, default='', max_length=500)),
                ('decide_until', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(blank=True, default='', max_length=500)),
                ('contestable_at', models.DateTimeField(null=True)),
                ('contested_at', models.DateTimeField(null=True)),
                ('upheld_at', models.DateTimeField(null=True)),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('award', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='fault', to='auctions.award')),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='faults', to='auctions.book')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='own_faults', to='accounts.provider')),
            ],
            options={
                'permissions': [('arbitrate', 'Can decide faults that are contested')],
                'indexes': [models.Index(condition=models.Q(('state__in', ('COUNTING', 'CONTESTABLE', 'CONTESTED'))), fields=['book'], name='fault_under_way'), models.Index(fields=['provider', 'created_at', 'id'], name='fault_of_provider'), models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='fault_parked')],
                'constraints': [models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='fault_held_not_negative'), models.CheckConstraint(condition=models.Q(('state__in', ('COUNTING', 'CONTESTABLE', 'CONTESTED')), ('held', 0), _connector='OR'), name='fault_holds_only_while_under_way'), models.CheckConstraint(condition=models.Q(('state', 'COUNTING'), models.Q(('amount__isnull', False), ('contest_until__isnull', False), ('to_estate__isnull', False)), _connector='OR'), name='fault_contestable_once_known'), models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('amount__gte', models.F('to_estate')), ('to_estate__gte', 0), ('to_estate__isnull', False)), _connector='OR'), name='fault_estate_within_amount'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['CONTESTABLE', 'CONTESTED']), _negated=True), models.Q(('amount__isnull', False), ('held__gte', models.F('amount'))), _connector='OR'), name='fault_costs_no_more_than_held'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['CONTESTED', 'DISMISSED']), _negated=True), models.Q(models.Q(('contest_reason', ''), _negated=True), ('decide_until__isnull', False)), _connector='OR'), name='fault_contested_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='VenueFault',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('from_fees', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('from_tranche', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('award', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='venue_fault', to='auctions.award')),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='venue_faults', to='auctions.book')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.provider')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('book', 'provider'), name='venue_fault_once_a_book_and_provider'), models.CheckConstraint(condition=models.Q(('from_fees__gte', 0), ('from_tranche__gte', 0)), name='venue_fault_not_negative')],
            },
        ),
    ]
