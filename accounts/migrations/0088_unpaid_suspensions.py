from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0087_assessments_written_off'),
    ]

    operations = [
        migrations.AddField(
            model_name='coversuspension',
            name='is_unpaid',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
