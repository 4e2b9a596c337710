from django.db import migrations

from backstop.clock import FUNCTION_SQL


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunSQL(FUNCTION_SQL, reverse_sql="DROP FUNCTION backstop_now()")]
