from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0028_playbooks_are_patient_validated")]

    operations = [
        migrations.AddField(model_name="book", name="cure_until", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="book", name="waterfall_until", field=models.DateTimeField(null=True)),
    ]
