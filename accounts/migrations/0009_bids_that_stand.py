from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_person_of_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='provider',
            name='bids_stand',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]
