from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backstop", "0008_used_marks")]

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE backstop_bucket SET UNLOGGED; ALTER TABLE backstop_bucket SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
    ]
