import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0036_indexes_of_contributions'),
        ('backstop', '0014_shadows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ('contribution', backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ('quality', models.CharField(blank=True, choices=[('EXEMPT', 'EXEMPT'), ('GOOD', 'GOOD'), ('POOR', 'POOR'), ('NONE', 'NONE')], default='', max_length=8)),
            ],
        ),
        migrations.AddField(
            model_name='obligation',
            name='asset',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='backstop.asset'),
        ),
        migrations.AddField(
            model_name='obligation',
            name='loss_event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='accounts.lossevent'),
        ),
        migrations.AddField(
            model_name='obligation',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='accounts.provider'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.UniqueConstraint(fields=('loss_event', 'provider', 'asset'), name='obligation_once'),
        ),
        migrations.AddConstraint(
            model_name='obligation',
            constraint=models.CheckConstraint(condition=models.Q(('contribution__gt', 0)), name='obligation_of_a_contribution'),
        ),
    ]
