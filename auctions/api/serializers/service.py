"""Fee schedules, and what service came to, in JSON."""

from typing import Any

from rest_framework import serializers

from auctions.models import FeeSchedule, ServiceAnswer, ServiceRebate, ServiceScore, ServiceStatement
from auctions.rules.service import SHARE_SCALE, MonthGrade
from backstop.api.parsing import AmountText, EdgeText, MomentField, StrictSerializer, TextField
from backstop.models.base import MAX_REASON

GRADES = [(each.value, each.value.lower()) for each in MonthGrade]


class FeeScheduleInput(StrictSerializer):
    product_group = TextField(max_length=64)
    asset = TextField(max_length=32)
    effective_at = MomentField(required=False, help_text="The first instant of a month, in UTC. Left out: the next.")
    standby_rate_bps = EdgeText(not_negative=True)
    budget = AmountText(not_negative=True)
    standby_edge_bps = EdgeText(
        required=False, help_text="Left out: the playbook's `assign_cap_bps`, as it is when this is set."
    )
    rebate_bps = EdgeText(not_negative=True)
    min_presence = AmountText(not_negative=True, scale=SHARE_SCALE)
    min_answers = AmountText(not_negative=True, scale=SHARE_SCALE)
    reason = TextField(max_length=MAX_REASON)


class FeeScheduleOutput(serializers.ModelSerializer[FeeSchedule]):
    product_group = serializers.CharField(source="product_group.code")
    asset = serializers.CharField(source="asset.code")
    version = serializers.IntegerField()
    effective_at = serializers.DateTimeField()
    standby_rate_bps = EdgeText()
    budget = AmountText()
    standby_edge_bps = EdgeText()
    rebate_bps = EdgeText()
    min_presence = AmountText()
    min_answers = AmountText()

    class Meta:
        model = FeeSchedule
        fields = [
            *("id", "created_at", "product_group", "asset", "version", "effective_at"),
            *("standby_rate_bps", "budget", "standby_edge_bps", "rebate_bps", "min_presence", "min_answers", "reason"),
        ]


class ServiceRowOutput(serializers.ModelSerializer[Any]):
    """What is of one product group, and by which schedule it counts."""

    product_group = serializers.CharField(source="schedule.product_group.code")
    schedule_id = serializers.UUIDField()


class ServiceStatementOutput(ServiceRowOutput):
    """A month: what its days and answers come to, and what was paid for it."""

    asset = serializers.CharField(source="schedule.asset.code")
    month: Any = serializers.CharField(source="month_name")
    seconds = serializers.IntegerField()
    present_seconds = AmountText()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    active = serializers.BooleanField()
    grade = serializers.ChoiceField(GRADES)
    standby_due = AmountText()
    standby_paid = AmountText()
    rebates_due = AmountText()
    rebates_paid = AmountText()

    class Meta:
        model = ServiceStatement
        fields = [
            *("id", "created_at", "product_group", "schedule_id", "asset", "month", "seconds", "present_seconds"),
            *("asked", "answered", "active", "grade"),
            *("standby_due", "standby_paid", "rebates_due", "rebates_paid"),
        ]


class ServiceDayOutput(ServiceRowOutput):
    """A day: for how long a provider stood ready, and with how much."""

    day = serializers.DateField(source="day.day")
    present_seconds = AmountText()
    capacity = AmountText()

    class Meta:
        model = ServiceScore
        fields = ["id", "created_at", "product_group", "schedule_id", "day", "present_seconds", "capacity"]


class ServiceAnswerOutput(ServiceRowOutput):
    """A lot that a provider was asked for, on the day on which it ended."""

    day = serializers.DateField(source="day.day")
    auction_id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    answered = serializers.BooleanField()

    class Meta:
        model = ServiceAnswer
        fields = ["id", "created_at", "product_group", "schedule_id", "day", "auction_id", "asked_at", "answered"]


class ServiceRebateOutput(serializers.ModelSerializer[ServiceRebate]):
    """What was taken of one book, and what that earns."""

    notional = AmountText()
    amount = AmountText()

    class Meta:
        model = ServiceRebate
        fields = ["id", "created_at", "notional", "amount"]
