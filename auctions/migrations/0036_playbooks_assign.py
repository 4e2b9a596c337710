from django.db import migrations, models


class Migration(migrations.Migration):
    """Playbooks of before go on to let commitments take first."""

    dependencies = [("auctions", "0035_playbooks_of_patience_validated")]

    operations = [
        migrations.AddField(
            "playbook",
            "assign",
            models.CharField(
                choices=[("FIRST", "First"), ("AS_BIDS", "As Bids"), ("BY_REGIME", "By Regime")],
                db_default="FIRST",
                default="BY_REGIME",
                help_text="FIRST: commitments take their share at once. AS_BIDS: they bid in the sealed auction, and "
                "what they can take is judged at its close. BY_REGIME: AS_BIDS while the market is calm.",
                max_length=16,
            ),
        ),
    ]
