import django.contrib.postgres.fields
import django.core.validators
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import auctions.models.playbooks
import backstop.models.base


def caps(**options) -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=backstop.models.base.EdgeField(decimal_places=4, max_digits=12),
        help_text="The caps of steps without competition: of the first round, of the second, and so on; the last holds "
        "for all that follow.",
        null=True,
        size=None,
        **options,
    )


def of_caps(template) -> models.Func:
    return models.Func("uncontested_caps_bps", output_field=models.BooleanField(), template=template)


class Migration(migrations.Migration):
    dependencies = [("auctions", "0045_auctions_judged_hold")]

    operations = [
        # First without a default: a used version says what it has always said.
        migrations.AddField(model_name="playbook", name="uncontested_caps_bps", field=caps()),
        migrations.AlterField(
            model_name="playbook",
            name="uncontested_caps_bps",
            field=caps(default=auctions.models.playbooks.uncontested_caps),
        ),
        migrations.AlterField(
            model_name="playbook",
            name="uncontested_cap_bps",
            field=backstop.models.base.EdgeField(decimal_places=4, default=150, editable=False, max_digits=12),
        ),
        migrations.AddField(
            model_name="playbook",
            name="ready_seconds",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="When a Dutch auction is judged: contested by those who are ready or have taken until then, "
                "or capped as uncontested. Empty: after a quarter of its duration.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("uncontested_caps_bps__isnull", True))
                | models.Q(
                    of_caps("cardinality(%(expressions)s) > 0"),
                    of_caps("0 <= ALL(%(expressions)s)"),
                    of_caps("10000 > ALL(%(expressions)s)"),
                ),
                name="playbook_uncontested_caps_within",
                violation_error_message="The caps without competition are at least 0 and below 10000 bps.",
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("ready_seconds__isnull", True))
                | models.Q(("ready_seconds__gt", 0), ("ready_seconds__lt", models.F("dutch_seconds"))),
                name="playbook_ready_within_auction",
                violation_error_message="A Dutch auction is judged after it opens, and before it ends.",
            ),
        ),
    ]
