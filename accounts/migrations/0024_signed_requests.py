import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0023_limits_of_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='SpentNonce',
            fields=[
                ('name', models.CharField(max_length=101, primary_key=True, serialize=False)),
                ('stale_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['stale_at'], name='spent_nonce_age')],
            },
        ),
        migrations.CreateModel(
            name='PublicKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('text', models.CharField(max_length=44, unique=True)),
                ('window_seconds', models.PositiveSmallIntegerField(default=5)),
                ('key', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='public_key', to='accounts.apikey')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='accounts.publickey')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('window_seconds__gte', 1), ('window_seconds__lte', 30)), name='public_key_window_short')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='publickey',
            trigger=pgtrigger.compiler.Trigger(name='public_key_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f69b35842fcc3d4a8ecb2e3419b43c8a526627d2', operation='UPDATE OR DELETE', pgid='pgtrigger_public_key_append_only_4afc2', table='accounts_publickey', when='BEFORE')),
        ),
    ]
