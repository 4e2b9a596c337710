from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0030_deadlines_of_steps")]

    operations = [
        migrations.AlterField(
            model_name="playbook",
            name="max_queue_seconds",
            field=models.PositiveIntegerField(
                default=1800, help_text="A lot that no cap lets into an auction for so long goes on to the next step."
            ),
        ),
    ]
