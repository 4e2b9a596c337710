from decimal import Decimal

from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0090_withdrawals_returned'),
        ('backstop', '0014_shadows'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='repo',
            name='repo_owed_until_repaid',
        ),
        migrations.AddField(
            model_name='repo',
            name='written_off',
            field=backstop.models.base.AmountField(db_default=0, decimal_places=18, default=Decimal('0'), max_digits=38),
        ),
        migrations.AddField(
            model_name='repo',
            name='written_off_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='repo',
            name='state',
            field=models.CharField(choices=[('OPEN', 'Open'), ('OVERDUE', 'Overdue'), ('REPAID', 'Repaid'), ('WRITTEN_OFF', 'Written Off')], default='OPEN', editable=False, max_length=16),
        ),
        migrations.AddConstraint(
            model_name='repo',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left', 0), ('pledged', 0), ('state', 'REPAID'), ('written_off', 0)), models.Q(('left', 0), ('pledged', 0), ('state', 'WRITTEN_OFF'), ('written_off__gt', 0)), models.Q(('left__gt', 0), ('state__in', ('OPEN', 'OVERDUE')), ('written_off', 0)), _connector='OR'), name='repo_owed_until_it_ends'),
        ),
    ]
