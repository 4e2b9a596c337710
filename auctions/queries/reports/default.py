"""The report of one failure: what came of its books, what that cost, who paid it, and who decided what."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.models import Assessment, Claim, LossEvent, LossRecovery, ProviderDefault
from accounts.models.loss_plans import plan_of
from auctions.models import Award, Book, ProviderFault, Settlement, Step
from auctions.offline.reports import RiskReport, Section
from auctions.queries.reports.covers import covered, insurers, moved_limits, own_edges
from auctions.queries.reports.sections import at, costs, decisions, who_paid
from backstop import clock
from backstop.values.amounts import to_text


def report_loss_event(event: LossEvent) -> RiskReport:
    """Of a loss event as it stands now."""
    books = list(
        Book.objects.filter(loss_event=event).select_related("asset", "playbook").order_by("received_at", "id")
    )
    default = ProviderDefault.objects.filter(loss_event=event).select_related("provider").first()
    facts = {
        "loss event": str(event.id),
        "venue": event.venue.code,
        "kind": event.get_kind_display(),
        "whose": str(event.cluster or event.account or "one account"),
        "state": event.state,
        "opened": at(event.opened_at),
        "books joined until": at(event.takes_until),
        "final": at(event.final_at) or f"at {at(event.final_by)} at the latest",
        "loss plan": f"version {plan_of(event.plan).version}",
    }
    sections = [
        *([_default(default)] if default else []),
        _books(books),
        _placed(books),
        costs([event]),
        who_paid([event]),
        covered(event),
        moved_limits(event.venue_id, {"gte": event.opened_at, "lt": event.final_at or clock.now()}),
        own_edges(event),
        insurers([event]),
        _called(event),
        _recoveries(event),
        decisions(_subjects(event, books, default)),
    ]
    return RiskReport(f"Loss event of {facts['whose']}", facts, sections)


def _default(default: ProviderDefault) -> Section:
    row = (
        default.provider.name,
        default.get_ground_display(),
        default.reason,
        f"{default.declared_by}, {at(default.declared_at)}",
        f"{default.confirmed_by}, {at(default.confirmed_at)}",
        default.state,
    )
    return Section("The provider's default", ("provider", "ground", "reason", "declared", "confirmed", "state"), [row])


def _books(books: Sequence[Book]) -> Section:
    rows = [
        (
            book.reference,
            at(book.received_at),
            book.state,
            book.asset.code,
            to_text(book.equity),
            str(book.playbook.version),
        )
        for book in books
    ]
    columns = ("book", "received", "state", "asset", "equity at intake", "playbook")
    return Section("Its books", columns, rows)


def _placed(books: Sequence[Book]) -> Section:
    """Units by book, round and step."""
    steps = (
        Step.objects.filter(lot__book__in=books)
        .select_related("lot__book")
        .order_by("lot__book__received_at", "lot__book__reference", "lot__ordinal", "ordinal")
    )
    rows = [
        (
            step.lot.book.reference,
            str(step.lot.ordinal),
            step.kind,
            str(step.round),
            str(step.units_in),
            str(step.units_placed),
        )
        for step in steps
    ]
    columns = ("book", "lot", "step", "round", "units in", "placed")
    return Section("Where its positions went", columns, rows)


def _called(event: LossEvent) -> Section:
    calls = Assessment.objects.filter(obligation__loss_event=event).select_related("provider", "asset")
    rows = [
        (
            each.provider.name,
            each.asset.code,
            *map(to_text, (each.amount, each.paid, each.recovered, each.owed, each.written_off)),
            each.state,
            at(each.due_by),
        )
        for each in calls.order_by("provider__name", "asset__code")
    ]
    columns = ("provider", "asset", "called for", "paid", "came back before", "owed", "never paid", "state", "due by")
    text = "What is overdue is owed to who bears it instead, and borne by them for good once it is written off."
    return Section("Who was called for", columns, rows, text)


def _recoveries(event: LossEvent) -> Section:
    found = LossRecovery.objects.filter(loss_event=event).select_related("asset").order_by("created_at", "id")
    rows = [(at(each.created_at), each.asset.code, to_text(each.amount), each.reference, each.reason) for each in found]
    return Section("What came back", ("at", "asset", "amount", "reference", "where from"), rows)


def _subjects(event: LossEvent, books: Sequence[Book], default: ProviderDefault | None) -> Q:
    """The rows that what somebody decided about it is about."""
    awards = Award.objects.filter(step__lot__book__in=books)
    subjects = [
        event.id,
        *(book.id for book in books),
        *([default.id] if default else []),
        *Settlement.objects.filter(award__in=awards).values_list("id", flat=True),
        *ProviderFault.objects.filter(book__in=books).values_list("id", flat=True),
        *Claim.objects.filter(loss_event=event).values_list("id", flat=True),
        *Assessment.objects.filter(obligation__loss_event=event).values_list("id", flat=True),
    ]
    return Q(subject_id__in=subjects)
