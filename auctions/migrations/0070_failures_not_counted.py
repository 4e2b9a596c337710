import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0069_awards_counted")]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='settlement_failed', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state IN ('REJECTED', 'EXPIRED') AND NEW.state <> OLD.state)", func='\n    UPDATE auctions_lot SET units_awarded = NULL, gained = NULL, fund_paid = NULL\n    WHERE id = (SELECT lot_id FROM auctions_step WHERE id = (SELECT step_id FROM auctions_award WHERE id = NEW.award_id));\n    RETURN NULL;\n', hash='fa17b35f7cd5abf83b2a315684020a780d6688bb', operation='UPDATE OF "state"', pgid='pgtrigger_settlement_failed_b130d', table='auctions_settlement', when='AFTER')),
        ),
    ]
