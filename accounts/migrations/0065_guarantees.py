import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0064_returns_to_accounts'),
        ('backstop', '0014_shadows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Guarantee',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('version', models.PositiveIntegerField()),
                ('venue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.venue')),
            ],
        ),
        migrations.CreateModel(
            name='Contribution',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('amount', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.asset')),
                ('guarantee', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='accounts.guarantee')),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='accounts.provider')),
            ],
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.UniqueConstraint(fields=('venue', 'version'), name='guarantee_version_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='guarantee',
            trigger=pgtrigger.compiler.Trigger(name='guarantee_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1e54d514f58c270ffabf63ef92439d8ec5332c82', operation='UPDATE OR DELETE', pgid='pgtrigger_guarantee_append_only_6a6f7', table='accounts_guarantee', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.UniqueConstraint(fields=('guarantee', 'asset', 'provider'), name='contribution_once'),
        ),
        migrations.AddConstraint(
            model_name='contribution',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='contribution_positive'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contribution',
            trigger=pgtrigger.compiler.Trigger(name='contribution_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8c92ce144dd224ef5f883ec34c2d2425ac30414d', operation='UPDATE OR DELETE', pgid='pgtrigger_contribution_append_only_7830c', table='accounts_contribution', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='lossevent',
            name='guarantee',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='loss_events', to='accounts.guarantee'),
        ),
    ]
