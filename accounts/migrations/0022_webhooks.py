import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0021_purposes_of_faults'),
        ('backstop', '0013_past_marks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('url', models.CharField(max_length=500)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), default=tuple, size=None)),
                ('description', models.CharField(blank=True, default='', max_length=200)),
                ('position', models.BigIntegerField(editable=False)),
                ('disabled_at', models.DateTimeField(editable=False, null=True)),
                ('disabled_reason', models.CharField(blank=True, default='', editable=False, max_length=200)),
                ('removed_at', models.DateTimeField(editable=False, null=True)),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('failing_since', models.DateTimeField(editable=False, null=True)),
                ('rests_until', models.DateTimeField(editable=False, null=True)),
                ('leased_until', models.DateTimeField(editable=False, null=True)),
                ('provider', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='accounts.provider')),
                ('venue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='backstop.venue')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('event_id', models.BigIntegerField(null=True)),
                ('kind', models.CharField(max_length=64)),
                ('position', models.BigIntegerField()),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=200)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('given_up_at', models.DateTimeField(null=True)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='accounts.webhook')),
            ],
            options={
                'indexes': [models.Index(fields=['webhook', 'created_at', 'id'], name='webhook_delivery_in_order'), models.Index(condition=models.Q(('due_at__isnull', False)), fields=['webhook', 'position'], name='webhook_delivery_waiting'), models.Index(models.F('created_at'), condition=models.Q(('due_at__isnull', True)), name='webhook_delivery_age')],
                'constraints': [models.UniqueConstraint(fields=('webhook', 'event_id'), name='webhook_delivery_once_an_event'), models.CheckConstraint(condition=models.Q(('delivered_at__isnull', True), ('due_at__isnull', True), _connector='OR'), name='webhook_delivery_over_once_done')],
            },
        ),
        migrations.CreateModel(
            name='WebhookSecret',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('master', models.CharField(max_length=32)),
                ('content', models.BinaryField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='accounts.webhook')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('expires_at__isnull', True)), fields=('webhook',), name='webhook_secret_one_newest')],
            },
        ),
    ]
