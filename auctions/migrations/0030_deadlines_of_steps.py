from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0029_deadlines_of_books")]

    operations = [
        migrations.AddField(model_name="step", name="patient_until", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="step", name="queue_ends_at", field=models.DateTimeField(null=True)),
    ]
