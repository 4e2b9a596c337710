"""Whatever ends by time alone is a `DeadlineField`, which outages put off; what else is an instant is named here."""

from django.apps import apps
from django.conf import settings
from django.db.models import DateTimeField

from accounts.models import LossEvent
from auctions.models import Auction, Book, Playbook, ProviderFault, Settlement, Step
from backstop.models.base import DeadlineField

# When something happened, or was said to.
HAPPENED = {
    *("accepted_at", "amended_at", "awarded_at", "back_at", "beat_at", "began_at", "cancelled_at", "closed_at"),
    *("rated_at", "exhausted_at", "offered_at", "runoff_at", "signed_at", "suspended_at"),
    *("answered_at", "broken_off_at", "held_at"),
    *("called_at", "cured_at", "filled_at", "guarantee_left_at", "missed_at", "overdue_at", "paid_at", "repaid_at"),
    *("collected_at", "confirmed_at", "counting_at", "created_at", "date_joined", "declared_at", "ended_at"),
    *("expired_at", "final_at", "halted_at", "handled_at", "heard_at", "lapsed_at", "last_login", "last_used_at"),
    *("marked_at", "refused_at"),
    *(
        "occurred_at",
        "opened_at",
        "opens_at",
        "published_at",
        "queued_at",
        "received_at",
        "refused_at",
        "reconfirm_since",
    ),
    *("reconfirmed_at", "rejected_at", "reported_at", "returned_at", "revoked_at", "routed_at", "settled_at"),
    *("settling_at", "since", "stopped_at", "taken_at", "terms_accepted_at", "tripped_at", "unfilled_at", "used_at"),
    *("void_at", "voided_at", "window_anchor_at", "window_starts_at", "withdrawn_at"),
    *("attempted_at", "delivered_at", "disabled_at", "failing_since", "given_up_at", "removed_at"),
    *("asked_at", "counted_at", "lifted_at", "resumed_at", "written_off_at"),
    *("acknowledged_at", "holds_since", "raised_at", "retired_at"),
    *(
        "contestable_at",
        "contested_at",
        "dismissed_at",
        "disputed_at",
        "drawn_at",
        "judged_at",
        "marks_at",
        "upheld_at",
    ),
}
# What is yet to come and goes by the calendar, whatever runs.
BY_THE_CALENDAR = {
    ("alertmail", "due_at"): "nobody acts then: it is tried again",
    ("alertrule", "look_at"): "nobody acts until then: a sweep looks again",
    ("assessment", "due_by"): "a provider needs no clock to pay, and has days",
    ("apikey", "expires_at"): "who issued it named it",
    ("apikey", "not_before"): "who issued it named it",
    ("approval", "lapses_at"): "persons need no clock to confirm, and ask again after a day",
    ("bid", "expires_at"): "the provider named it",
    ("bucket", "full_at"): "how often is counted by whoever answers",
    ("claim", "answer_by"): "an insurer needs no clock to answer, and its contract says how long it has",
    ("claim", "decide_by"): "an arbiter needs no clock to decide, and has days",
    ("claim", "due_by"): "an insurer needs no clock to pay, and has days",
    ("commitmentterms", "ends_at"): "the provider named it",
    ("commitmentterms", "starts_at"): "the provider named it",
    ("cover", "active_at"): "it happened, as it does to a commitment after its notice",
    ("cover", "covers_from"): "a waiting period is of the calendar's time",
    ("cover", "ends_at"): "a term, and a notice, are of the calendar's time",
    ("cover", "suspended_until"): "nobody needs a clock to pay a premium",
    ("coversuspension", "ends_at"): "it happened",
    ("coversuspension", "starts_at"): "it happened",
    ("cover", "lapses_at"): "parties need no clock to sign",
    ("coverpremium", "due_at"): "a premium accrues by the calendar's seconds",
    ("coverpremium", "empty_at"): "it happened, and the grace is of the calendar's time",
    ("coveredlimit", "known_at"): "it happened",
    ("coveredlimit", "starts_at"): "a notice is of the calendar's time",
    ("coverrate", "known_at"): "it happened",
    ("coverrate", "starts_at"): "a premium accrues by the calendar's seconds",
    ("providerrating", "expires_at"): "its source named it",
    ("instrumentterms", "effective_at"): "the venue named it",
    ("lossevent", "takes_until"): "an hours clause is of the calendar's hours",
    ("margincall", "answer_by"): "an insurer needs no clock to pay, and its contract says how long it has",
    ("margincall", "repay_by"): "what is owed is a debt of the calendar's days",
    ("markout", "due_at"): "marks move whatever runs",
    ("notedasset", "until"): "nobody acts then: months are the calendar's",
    ("providerdefault", "book_by"): "the venue needs no clock to send a book",
    ("providerdefault", "confirm_by"): "persons need no clock to confirm, and declare it anew",
    ("repo", "due_at"): "what is owed is a debt of the calendar's days",
    ("refill", "refill_by"): "a venue needs no clock to pay in, and has thirty days",
    ("serviceday", "due_at"): "a day is over when it is",
    ("lossallocation", "confirm_by"): "its accounts are outside, and what lapsed may be allocated anew",
    ("spentnonce", "stale_at"): "what was signed grows old whatever runs",
    ("vault", "look_at"): "nobody acts until then: a sweep looks again",
    ("vaultdeposit", "take_by"): "its money is outside, and its depositor may put it in anew",
    ("vaultwithdrawal", "due_at"): "a notice is of the calendar's hours",
    ("venueterms", "effective_at"): "the venue named it",
    ("webhook", "leased_until"): "whoever sends its messages has stopped or not, whatever runs",
    ("webhook", "rests_until"): "nobody acts until then: it is tried again",
    ("webhookdelivery", "due_at"): "attempts are counted, so that time in which nothing ran costs none",
    ("webhooksecret", "expires_at"): "its owner needs no clock to replace it, and has a day",
    **{
        (name, "retry_at"): "nobody acts until then: a sweep looks again"
        for name in (
            "alertrule",
            *(
                "allocationfill",
                "assessment",
                "auction",
                "book",
                "cancelswitch",
                "claim",
                "cover",
                "drill",
                "lossevent",
                "margincall",
                "markout",
                "provider",
                "providerdefault",
                "providerfault",
                "repo",
                "serviceday",
                "settlement",
            ),
            *("step", "takeover", "vault"),
        )
    },
}
# Which deadline a playbook's time ends at, or which clock of an auction runs it.
OF_PLAYBOOKS = {
    "confirm_seconds": (Settlement, "confirm_by"),
    "contest_seconds": (ProviderFault, "contest_until"),
    "cure_seconds": (Book, "cure_until"),
    "decide_seconds": (ProviderFault, "decide_until"),
    "dutch_seconds": (Auction, "closes_at"),
    "make_whole_seconds": (ProviderFault, "drift_until"),
    "max_event_seconds": (LossEvent, "final_by"),
    "max_halt_seconds": (Auction, "halt_ends_at"),  # and Step.patient_until; a jump waits from Venue.back_at on
    "max_queue_seconds": (Step, "queue_ends_at"),
    "max_waterfall_seconds": (Book, "waterfall_until"),
    "priority_seconds": (Auction, "closes_at"),
    "ready_seconds": (Auction, "closes_at"),
    "reconfirm_seconds": (Auction, "closes_at"),
    "reopening_seconds": (Auction, "closes_at"),
    "retry_seconds": (Step, "due_at"),
    "sealed_seconds": (Auction, "closes_at"),
}
NOBODYS_TIME = {
    "dwell_seconds": "how long a regime lasts at least, whatever ran",
    "dutch_mark_max_age_seconds": "how old a price may be that somebody takes at",
    "max_gap_seconds": "how long a venue may be silent of its markets",
    "mark_max_age_seconds": "how old a price may be, whatever ran",
    "hours_clause_seconds": "hours of the calendar: until a loss event `takes_until`",
    "outage_seconds": "what an outage is",
    "reconfirm_after_seconds": "how long a halt or an outage may be",
}


def instants() -> dict[tuple[str, str], DateTimeField]:
    """The instants of every model of the house."""
    models = (model for app in settings.HOUSE for model in apps.get_app_config(app).get_models())
    fields = ((model, field) for model in models for field in model._meta.concrete_fields)
    return {(model._meta.model_name, field.name): field for model, field in fields if isinstance(field, DateTimeField)}


def test_what_is_an_instant_happened_is_a_deadline_or_goes_by_the_calendar() -> None:
    others = {each for each, field in instants().items() if not isinstance(field, DeadlineField)}
    assert {each for each in others if each[1] not in HAPPENED} == set(BY_THE_CALENDAR)


def test_what_has_happened_is_put_off_by_nothing() -> None:
    assert not {each for each, field in instants().items() if isinstance(field, DeadlineField) and each[1] in HAPPENED}


def test_every_time_that_a_playbook_gives_ends_at_a_deadline() -> None:
    named = {name for name in Playbook().parameters if name.endswith("_seconds")}
    assert named == OF_PLAYBOOKS.keys() | NOBODYS_TIME.keys()
    for model, name in OF_PLAYBOOKS.values():
        assert isinstance(model._meta.get_field(name), DeadlineField)
