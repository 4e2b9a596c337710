from pathlib import Path

from django.db import migrations

PLACE_BIDS = Path(__file__).parent.parent / "sql" / "place_bids.sql"


class Migration(migrations.Migration):
    dependencies = [("auctions", "0002_tables")]
    operations = [migrations.RunSQL(PLACE_BIDS.read_text(), reverse_sql=migrations.RunSQL.noop)]
