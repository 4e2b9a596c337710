from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backstop", "0002_tables")]

    operations = [
        migrations.AddField(model_name="outbox", name="venue_id", field=models.UUIDField(null=True)),
    ]
