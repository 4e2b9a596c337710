from django.db import migrations


class Migration(migrations.Migration):
    """The orders that ties break on; a sequence has gaps and never waits."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE SEQUENCE bid_sequence", reverse_sql="DROP SEQUENCE bid_sequence"),
        migrations.RunSQL("CREATE SEQUENCE settlement_sequence", reverse_sql="DROP SEQUENCE settlement_sequence"),
    ]
