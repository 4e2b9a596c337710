from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0057_cover_shares_paid'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='losspayment',
            name='loss_payment_once',
        ),
    ]
