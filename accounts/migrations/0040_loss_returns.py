from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0039_loss_payments'),
    ]

    operations = [
        migrations.AlterField(
            model_name='lossreturn',
            name='layer',
            field=models.CharField(choices=[('ESTATE', 'ESTATE'), ('PENALTIES', 'PENALTIES'), ('DEFAULTER', 'DEFAULTER'), ('DEFAULTER_CONTRIBUTION', 'DEFAULTER_CONTRIBUTION'), ('FIRST_TRANCHE', 'FIRST_TRANCHE'), ('FUND', 'FUND'), ('CONTRIBUTIONS_NONE', 'CONTRIBUTIONS_NONE'), ('CONTRIBUTIONS_POOR', 'CONTRIBUTIONS_POOR'), ('CONTRIBUTIONS_GOOD', 'CONTRIBUTIONS_GOOD'), ('SECOND_TRANCHE', 'SECOND_TRANCHE'), ('UNALLOCATED', 'UNALLOCATED')], max_length=32),
        ),
    ]
