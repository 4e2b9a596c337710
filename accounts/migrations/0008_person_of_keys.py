from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_approvals'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='person',
            field=models.CharField(blank=True, max_length=150, null=True),
        ),
    ]
