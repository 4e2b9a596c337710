from decimal import Decimal

import django.db.models.expressions
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0086_claims_lacked'),
        ('backstop', '0014_shadows'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='assessment',
            name='assessment_ends_once_nothing_is_owed',
        ),
        migrations.AddField(
            model_name='assessment',
            name='written_off',
            field=backstop.models.base.AmountField(db_default=0, decimal_places=18, default=Decimal('0'), max_digits=38),
        ),
        migrations.AddField(
            model_name='assessment',
            name='written_off_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='assessment',
            name='state',
            field=models.CharField(choices=[('DUE', 'Due'), ('PAID', 'Paid'), ('OVERDUE', 'Overdue'), ('WRITTEN_OFF', 'Written Off'), ('LIFTED', 'Lifted')], default='DUE', editable=False, max_length=16),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('paid__gte', 0), ('recovered__gte', 0), models.Q(models.Q(('amount__gt', django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('recovered'))), ('state__in', ('DUE', 'OVERDUE'))), models.Q(models.Q(('state__in', ('DUE', 'OVERDUE')), _negated=True), ('amount', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('recovered')), '+', models.F('written_off')))), _connector='OR')), name='assessment_ends_once_nothing_is_owed'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'WRITTEN_OFF'), ('written_off__gt', 0)), models.Q(models.Q(('state', 'WRITTEN_OFF'), _negated=True), ('written_off', 0)), _connector='OR'), name='assessment_written_off_is_told'),
        ),
    ]
