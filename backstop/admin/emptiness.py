"""Why a field of the admin is empty, in words: by the field's name, which says the same on every page."""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

EMPTY: Final = "none"  # of what has no words of its own
NOT_YET: Final = "not {} yet"  # of an instant `…_at` that is still to come, as far as anybody knows
_NEVER: Final = "not {}"  # of one that most rows never reach
_UNWISHED: Final = (
    *("amended_at", "broken_off_at", "cancelled_at", "contested_at", "disabled_at", "dismissed_at", "disputed_at"),
    *("empty_at", "exhausted_at", "expired_at", "halted_at", "lapsed_at", "missed_at", "overdue_at", "refused_at"),
    *("rejected_at", "removed_at", "returned_at", "revoked_at", "suspended_at", "unfilled_at", "upheld_at"),
    *("withdrawn_at", "written_off_at"),
)
_WORDS: Final = {
    "no limit": (
        *("fund_day_limit", "fund_event_limit", "fund_group_limit", "gross_limit", "max_jump_bps", "max_lot_notional"),
        *("max_unplaced_risk", "net_limit", "floor", "max_cluster_parts"),
    ),
    "no end": ("expires_at", "halt_ends_at", "ends_at", "suspended_until"),
    "none given": (
        *("contest_reason", "decision_reason", "disabled_reason", "halt_reason", "reason", "state_reason"),
        *("unfilled_reason", "withdrawal_reason", "description", "label", "decision", "reference"),
        "acknowledged_for",
    ),
    "none": (
        *("amount", "assessment", "asset", "claim", "deposit", "fault", "fill", "guarantee", "loss_event", "plan"),
        *("problem", "withdrawal"),
    ),
    "nobody": ("acknowledged_by", "confirmed_by", "cured_by", "insurers", "mail_to", "person"),
    "no deadline": ("confirm_by", "contest_until", "decide_by", "decide_until", "due_by", "book_by", "repay_by"),
    "not set": (
        *("stressed_depth", "stressed_spread_bps", "stressed_stale_percent", "stressed_volatility_bps"),
        *("dutch_rise_bps", "ready_seconds", "levels", "target_margin_ratio", "take_edge_bps", "take_seconds"),
        *("uncontested_caps_bps", "dutch_mark_max_age_seconds", "band_above", "band_up_to", "risk_percent"),
        *("cure_interest_bps", "repay_seconds", "repo_limit", "repo_haircut_bps", "repo_seconds"),
        *("repo_interest_bps", "repo_fee_bps"),
    ),
    "not known": ("adverse_bps", "gap", "marks", "optimal", "price_before"),
    "not decided": ("continuation_edge_bps", "filling_edge_bps", "to_estate"),
    "not of its kind": ("format", "price_rule", "rationing", "sealed_by"),
    "money alone": ("instrument", "price", "side"),
    "none named": ("account", "cluster", "group", "owner_group"),
    "of the venue": ("provider", "provider_id"),
    "the whole venue": ("product_group",),
    "all of them": ("auction",),
    "not stuck": ("parked_reason",),
    "not waiting": ("retry_at",),
    "never used": ("last_used_at",),
    "at once": ("not_before", "covers_from"),
    "does not hold": ("holds_since",),
    "nothing failed": ("failing_since", "rests_until"),
    "no answer": ("status",),
    "no event": ("event_id",),
    "not settled": ("sequence",),
    "not of a drill": ("shadow_of", "real_book"),
    "not asked again": ("reconfirm_since",),
    "not suspended": ("suspended_for",),
    "nothing taken yet": ("window_anchor_at",),
    "none accepted": ("terms_version", "terms_accepted_at"),
    "no outage": ("back_at",),
    "nothing is due": ("due_at",),
}
_BY_NAME: Final = {
    **{name: _NEVER.format(name.removesuffix("_at").replace("_", " ")) for name in _UNWISHED},
    **{name: words for words, names in _WORDS.items() for name in names},
}


def why_empty(name: str) -> str | None:
    """Why a field of this name is empty; None: nobody wrote that down."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    stem = name.removesuffix("_at").replace("_", " ")
    return NOT_YET.format(stem) if name.endswith("_at") else None


def words_of(name: str) -> str:
    """That, or of a field that has no words of its own, what all of these say."""
    return why_empty(name) or EMPTY


def empty(name: str) -> SafeString:
    """That, as a page shows it."""
    return format_html('<span class="house-empty">{}</span>', words_of(name))


def empty_under(title: str) -> SafeString:
    """The same of a cell under this title, which names a field as far as anything does."""
    return empty(title.lower().replace(" ", "_"))
