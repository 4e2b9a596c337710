import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0085_rated_use'),
    ]

    operations = [
        migrations.AddField(
            model_name='claim',
            name='lacked_by',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], default=tuple, editable=False, size=None),
        ),
    ]
