"""Alerts: the rules of a venue, added on its page, and what they raised, which somebody acknowledges."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import model_to_dict
from django.http import HttpRequest

from auctions.lifecycle import AlertState
from auctions.models import Alert, AlertRule
from auctions.operations.operator.acknowledge_alert import acknowledge_alert
from auctions.operations.operator.add_alert_rule import add_alert_rule
from auctions.operations.operator.retire_alert_rule import retire_alert_rule
from auctions.rules.alerts import CONDITIONS, MOST_MINUTES
from backstop.admin.base import add_to_pages
from backstop.admin.cells import Panel
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.models import Venue

MOST = 100  # rows of a table


def _asked(venue: Venue, rule: AlertRule | None = None) -> Mapping[str, forms.Field]:
    """What a rule is made of, as this one has it."""
    addresses = "E-mail addresses, separated by blanks. Left empty: nobody gets mail."
    known = {} if rule is None else {**model_to_dict(rule), "mail_to": " ".join(rule.mail_to)}
    return {
        "condition": forms.ChoiceField(
            choices=[(each.value, counted.label) for each, counted in CONDITIONS.items()],
            initial=known.get("condition"),
        ),
        "asset": forms.ModelChoiceField(
            venue.assets.filter(shadow_of=None).order_by("code"),
            initial=known.get("asset"),
            required=False,
            help_text="Of what is an amount: unplaced risk, what the fund lacks, losses. Else left empty.",
        ),
        "threshold": forms.DecimalField(
            min_value=0, initial=known.get("threshold"), help_text="So much is enough; below it the alert ends."
        ),
        "minutes": forms.IntegerField(
            min_value=1,
            max_value=MOST_MINUTES,
            initial=known.get("minutes", 5),
            help_text="For so many minutes it has to be so before there is an alert.",
        ),
        "mail_to": forms.CharField(
            required=False, initial=known.get("mail_to", ""), help_text=addresses, max_length=3000
        ),
    }


def _add(venue_id: Any, said: Mapping[str, Any], **options: Any) -> AlertRule:
    asset = said["asset"] and said["asset"].code
    sent = {**said, "asset": asset, "mail_to": said["mail_to"].split()}
    return add_alert_rule(venue_id=venue_id, **sent, **options)


@admin.register(AlertRule)
class AlertRuleAdmin(Doing):
    """Added on a venue's page. To change one is to put another in its place, which ends what it raised."""

    related = ("venue", "asset")
    list_display = ("condition", "venue", "asset", "threshold", "minutes", "mail_to", "holds_since", "retired_at")
    list_filter = ("venue", "condition", ("retired_at", admin.EmptyFieldListFilter))
    search_fields = ("venue__code", "condition", "=id")
    fields = (*list_display, "created_at", "look_at", "id", "retry_at", "parked_reason")
    deeds = (
        Deed(
            "change",
            "Put another in its place",
            lambda row, **said: _add(row.venue_id, said, replaces=row.id),
            lambda row: row.retired_at is None,
            fields=lambda row: _asked(row.venue, row),
        ),
        Deed(
            "retire",
            "Retire",
            lambda row, reason: retire_alert_rule(venue_id=row.venue_id, rule_id=row.id, reason=reason),
            lambda row: row.retired_at is None,
        ),
    )

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        rows = [
            (alert.raised_at, alert, alert.state, alert.acknowledged_by, alert.ended_at)
            for alert in obj.alerts.order_by("-raised_at")[:MOST]
        ]
        return [Panel("What it raised, newest first", ("Raised", "Alert", "State", "Acknowledged by", "Ended"), rows)]


@admin.register(Alert)
class AlertAdmin(Doing):
    """Raised by a rule, acknowledged by name, over once the condition does not hold any more."""

    related = ("venue", "rule")
    list_display = ("text", "venue", "state", "raised_at", "acknowledged_by", "acknowledged_at", "ended_at")
    list_filter = ("venue", "state", "rule__condition", "raised_at")
    search_fields = ("text", "acknowledged_by", "=id")
    ordering = ("-raised_at",)
    fields = (*list_display, "acknowledged_for", "value", "rule", "id")
    deeds = (
        Deed(
            "acknowledge",
            "Acknowledge",
            lambda row, reason: acknowledge_alert(venue_id=row.venue_id, alert_id=row.id, reason=reason),
            lambda row: row.state == AlertState.RAISED,
        ),
    )

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        rows = [
            (each.address, each.delivered_at, each.attempts, each.due_at, each.given_up_at, each.problem)
            for each in obj.mails.order_by("address")
        ]
        columns = ("To", "Taken by the mail server", "Attempts", "Next attempt", "Given up", "Problem")
        return [Panel("Mail", columns, rows)]


def _rules(venue: Venue) -> list[Panel]:
    found = venue.alert_rules.filter(retired_at=None).select_related("asset")
    rows = [(rule, ", ".join(rule.mail_to), rule.holds_since) for rule in found.order_by("condition", "created_at")]
    return [Panel("Rules of alerts", ("Rule", "Mail to", "Holds since"), rows, "What they raise is on the board.")]


add_to_pages(Venue, _rules, lambda request, venue: [])
add_deeds(
    Venue,
    Deed(
        "alert_rule",
        "Add a rule of alerts",
        lambda venue, **said: _add(venue.id, said),
        lambda venue: True,
        fields=_asked,
        permission="auctions.add_alertrule",
    ),
)
