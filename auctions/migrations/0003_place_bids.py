from pathlib import Path

from django.db import migrations

SIGNATURE = "place_bids(uuid, uuid, uuid[], text[], integer[], numeric[], integer[], numeric[])"
PLACE_BIDS = Path(__file__).parent.parent / "sql" / "place_bids.sql"


class Migration(migrations.Migration):
    dependencies = [("auctions", "0002_tables"), ("accounts", "0001_tables"), ("backstop", "0002_tables")]
    operations = [migrations.RunSQL(PLACE_BIDS.read_text(), reverse_sql=f"DROP FUNCTION {SIGNATURE}")]
