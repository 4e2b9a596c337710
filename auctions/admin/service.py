"""Service: what is paid for it, and what each provider's came to, day by day and month by month."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from auctions.models import FeeSchedule, ServiceAnswer, ServiceDay, ServiceRebate, ServiceScore, ServiceStatement
from auctions.operations.operator.set_fee_schedule import set_fee_schedule
from auctions.rules.service import SHARE_SCALE
from backstop.admin.base import Shown
from backstop.admin.deeds import Deed, add_deeds
from backstop.models import ProductGroup
from backstop.values.bps import EDGE_SCALE


@admin.register(FeeSchedule)
class FeeScheduleAdmin(Shown):
    """Every version of what is paid for service; set on the page of a product group."""

    related = ("venue", "product_group", "asset")
    list_display = (
        *("product_group", "venue", "version", "effective_on", "asset", "standby_rate_bps", "budget"),
        *("standby_edge_bps", "rebate_bps", "min_presence", "min_answers", "reason", "created_at"),
    )
    list_filter = ("venue", "effective_on")
    search_fields = ("product_group__code",)


@admin.register(ServiceDay)
class ServiceDayAdmin(Shown):
    """The days that service is counted by, soon after each is over."""

    related = ("venue",)
    list_display = ("day", "venue", "due_at", "counted_at")
    list_filter = ("venue", ("parked_reason", admin.EmptyFieldListFilter), "day")
    search_fields = ("venue__code",)


@admin.register(ServiceScore)
class ServiceScoreAdmin(Shown):
    """For how long each provider stood ready on a day, and with how much notional in the mean."""

    related = ("provider", "day__venue", "schedule__product_group", "schedule__asset")
    money = ("capacity",)
    money_in = "schedule.asset"
    list_display = ("provider", "schedule", "day", "present_seconds", "capacity")
    list_filter = ("day__venue", "provider", "day__day")
    search_fields = ("provider__name",)


@admin.register(ServiceAnswer)
class ServiceAnswerAdmin(Shown):
    """Who was asked for a lot, and whether it answered."""

    related = ("provider", "day__venue", "schedule__product_group", "lot__book", "auction__step__lot__book")
    list_display = ("provider", "schedule", "lot", "asked_at", "answered")
    list_filter = ("day__venue", "provider", "answered", "day__day")
    search_fields = ("provider__name", "lot__book__reference")


@admin.register(ServiceStatement)
class ServiceStatementAdmin(Shown):
    """What each provider's months were, and what was paid for them."""

    related = ("provider", "schedule__product_group", "schedule__asset")
    list_display = (
        *("provider", "schedule", "month", "grade", "active", "present_seconds", "seconds", "asked", "answered"),
        *("standby_due", "standby_paid", "rebates_due", "rebates_paid"),
    )
    list_filter = ("schedule__venue", "provider", "grade", "month")
    search_fields = ("provider__name", "schedule__product_group__code")


@admin.register(ServiceRebate)
class ServiceRebateAdmin(Shown):
    """What takings of each book earn, within its liquidation fee."""

    related = ("statement__provider", "book__asset")
    money = ("notional", "amount")
    money_in = "book.asset"
    list_display = ("statement", "book", "notional", "amount")
    list_filter = ("statement__schedule__venue", "statement__month")
    search_fields = ("statement__provider__name", "book__reference")


def _terms(group: ProductGroup) -> Mapping[str, forms.Field]:
    newest = FeeSchedule.objects.filter(product_group=group).order_by("-version").first()

    def decimal(name: str, help_text: str, scale: int, **options: Any) -> forms.Field:
        before = getattr(newest, name, None)
        return forms.DecimalField(min_value=0, decimal_places=scale, initial=before, help_text=help_text, **options)

    return {
        "asset": forms.ModelChoiceField(group.venue.assets.order_by("code"), initial=newest and newest.asset),
        "standby_rate_bps": decimal(
            "standby_rate_bps", "For notional that stands ready, in basis points a year.", EDGE_SCALE
        ),
        "budget": decimal("budget", "The most that is paid for standing ready in one month.", 18),
        "standby_edge_bps": forms.DecimalField(
            required=False,
            decimal_places=EDGE_SCALE,
            help_text="The most that a commitment may ask for. Empty: the playbook's cap of assignments, as it is now.",
        ),
        "rebate_bps": decimal("rebate_bps", "For notional taken; of a book at most its fee.", EDGE_SCALE),
        "min_presence": decimal("min_presence", "Of the month, as a fraction.", SHARE_SCALE, max_value=1),
        "min_answers": decimal("min_answers", "Of the lots asked for, as a fraction.", SHARE_SCALE, max_value=1),
        "effective_at": forms.DateTimeField(
            required=False, help_text="UTC, the first instant of a month that has not begun. Empty: the next one."
        ),
    }


def _set(group: ProductGroup, **said: Any) -> object:
    said = {**said, "asset": said["asset"].code}
    return set_fee_schedule(venue_id=group.venue_id, product_group=group.code, **said)


add_deeds(
    ProductGroup,
    Deed("fee_schedule", "Set the fee schedule", _set, lambda row: True, fields=_terms),
)
