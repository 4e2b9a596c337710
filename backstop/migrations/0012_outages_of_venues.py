from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backstop', '0011_exposure_and_default_terms'),
    ]

    operations = [
        migrations.AddField(
            model_name='venue',
            name='back_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
