"""A provider's month in JSON, and its accounts line by line."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from accounts.models import Purpose
from accounts.queries.statements import AccountStatement
from backstop.api.parsing import AmountText
from backstop.values.amounts import to_text
from backstop.values.tables import neutral

TITLES = ("asset", "kind", "line", "came", "went", "balance")
OPENING, CLOSING = "OPENING", "CLOSING"


class MonthsOutput(serializers.Serializer[Any]):
    months = serializers.ListField(child=serializers.CharField())


class InShortOutput(serializers.Serializer[Any]):
    asset = serializers.CharField(source="asset.code")
    awards = serializers.IntegerField()
    notional = AmountText()
    edges = AmountText(source="earned.edges")
    service = AmountText(source="earned.service")
    premiums = AmountText(source="earned.premiums")
    losses_and_claims = AmountText(source="earned.losses_and_claims")


class MovedForOutput(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(Purpose.choices)
    meaning = serializers.CharField(source="purpose.label")
    came = AmountText()
    went = AmountText()


class MonthOfAccountOutput(serializers.Serializer[Any]):
    asset = serializers.CharField(source="account.asset.code")
    kind = serializers.CharField(source="account.kind")
    opening = AmountText()
    closing = AmountText()
    movements = MovedForOutput(many=True)


class MonthStatementOutput(serializers.Serializer[Any]):
    month = serializers.CharField()
    starts_at = serializers.DateTimeField(source="month.starts_at")
    ends_at = serializers.DateTimeField(source="month.ends_at")
    under_way = serializers.BooleanField()
    in_short = InShortOutput(many=True)
    accounts = MonthOfAccountOutput(many=True)


def line_by_line(found: Sequence[AccountStatement]) -> list[Sequence[str]]:
    """The accounts as a table: titles, and of each account where it stood, a line for each purpose, where it stands."""
    lines: list[Sequence[str]] = [TITLES]
    for each in found:
        account = (neutral(each.account.asset.code), each.account.kind)
        lines.append((*account, OPENING, "", "", to_text(each.opening)))
        lines += [(*account, moved.purpose, to_text(moved.came), to_text(moved.went), "") for moved in each.movements]
        lines.append((*account, CLOSING, "", "", to_text(each.closing)))
    return lines
