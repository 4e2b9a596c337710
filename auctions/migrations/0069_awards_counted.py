import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0068_draw_limits_hold")]

    operations = [
        migrations.AddField(
            model_name='award',
            name='counted',
            field=models.BooleanField(db_default=False, default=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='award',
            trigger=pgtrigger.compiler.Trigger(name='award_not_counted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT NEW."counted")', func='\n    UPDATE auctions_lot SET units_awarded = NULL, gained = NULL, fund_paid = NULL\n    WHERE id = (SELECT lot_id FROM auctions_step WHERE id = NEW.step_id);\n    RETURN NULL;\n', hash='5a4f3c06cd8eb82bb420fe3b021ca3c9196c0d1e', operation='INSERT', pgid='pgtrigger_award_not_counted_11389', table='auctions_award', when='AFTER')),
        ),
    ]
