import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backstop.clock


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_granted_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='accounts.provider')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='membership', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
