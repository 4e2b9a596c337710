from decimal import Decimal

import django.core.validators
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0083_void_marks_of_cut_bids")]

    operations = [
        migrations.AddField("playbook", "calm_percent", models.PositiveSmallIntegerField(db_default=80, default=80, help_text='It is calm again below so many per cent of each of these; of the depth, so many are above.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)])),
        migrations.AddField("playbook", "dwell_seconds", models.PositiveIntegerField(db_default=600, default=600, help_text='Once stressed, it is so for this long at least.')),
        migrations.AddField("playbook", "max_gap_seconds", models.PositiveIntegerField(db_default=300, default=300, help_text='It is stressed where nothing was reported for longer, once anything was.')),
        migrations.AddField("playbook", "stressed_depth", backstop.models.base.AmountField(blank=True, decimal_places=18, help_text="A product group's market is stressed where its reported depth is so low. Empty: at no depth.", max_digits=38, null=True)),
        migrations.AddField("playbook", "stressed_spread_bps", backstop.models.base.EdgeField(blank=True, db_default=Decimal('50'), decimal_places=4, default=Decimal('50'), help_text='It is stressed where its spread is so wide. Empty: at no spread.', max_digits=12, null=True)),
        migrations.AddField("playbook", "stressed_stale_percent", models.PositiveSmallIntegerField(blank=True, db_default=20, default=20, help_text='It is stressed where so many of its marks are stale. Empty: whatever is.', null=True)),
        migrations.AddField("playbook", "stressed_volatility_bps", backstop.models.base.EdgeField(blank=True, db_default=Decimal('300'), decimal_places=4, default=Decimal('300'), help_text='It is stressed where its volatility is so high. Empty: at none.', max_digits=12, null=True)),
        AddConstraintNotValid("playbook", models.CheckConstraint(condition=models.Q(models.Q(('stressed_depth__isnull', True), ('stressed_depth__gte', 0), _connector='OR'), models.Q(('stressed_spread_bps__isnull', True), ('stressed_spread_bps__gte', 0), _connector='OR'), models.Q(('stressed_volatility_bps__isnull', True), ('stressed_volatility_bps__gte', 0), _connector='OR'), models.Q(('stressed_stale_percent__isnull', True), ('stressed_stale_percent__lte', 100), _connector='OR'), ('calm_percent__gte', 1), ('calm_percent__lte', 99)), name='playbook_calm_below_stressed')),
    ]
