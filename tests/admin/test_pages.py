"""Every list and every page of the admin: there, cheap, and not to be edited."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import (
    AccountKind,
    AllocationFill,
    ApiKey,
    Assessment,
    Claim,
    ClusterEdge,
    Contribution,
    CoverSuspension,
    CoverUse,
    CureRepayment,
    Guarantee,
    LossAddend,
    LossAllocation,
    LossEvent,
    LossPayment,
    LossPlan,
    LossRecovery,
    LossReturn,
    MarginCall,
    Obligation,
    Provider,
    Refill,
    Repo,
    RepoRepayment,
    User,
)
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.webhooks.send_test_message import send_test_message
from auctions.models import (
    Alert,
    AlertRule,
    Auction,
    Award,
    Book,
    Drill,
    DrillRecord,
    FeeSchedule,
    PastRegime,
    ProviderFault,
    ServiceAnswer,
    ServiceDay,
    ServiceRebate,
    ServiceScore,
    ServiceStatement,
    VenueFault,
)
from backstop.management.commands.relay import publish
from backstop.models import Instrument, Venue
from tests import builders as build
from tests import covers
from tests.alerts import a_rule, trip, watch
from tests.builders import perform
from tests.operations.test_add_webhook import add
from tests.operations.test_change_webhook import owner_of
from tests.operations.test_declare_default import declare
from tests.operations.test_rate_provider import note
from tests.operations.test_report_exposure import report
from tests.operations.test_set_exposure_limit import limit
from tests.operations.test_take_deposit import a_vault, deposit, leave
from tests.repos import LENDS

pytestmark = pytest.mark.django_db

OURS = sorted(
    (model for model in admin.site._registry if model._meta.app_label in {"backstop", "accounts", "auctions"}),
    key=lambda model: model._meta.label,
)
READ_ONLY = [model for model in OURS if model is not User]


def address(model, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def let_fail(award: Award) -> None:
    """Rows of the faults alone: nothing else shows here."""
    whose = {"award": award, "book": award.step.lot.book, "provider": award.provider}
    ProviderFault.objects.create(**whose, held=1, drift_until=award.created_at)
    VenueFault.objects.create(**whose, from_fees=1, from_tranche=0)


def a_drill_of(book: Book) -> None:
    """Rows of a drill alone: nothing else shows here."""
    drill = Drill.objects.create(venue=book.venue, book=book, opened_at=book.received_at)
    DrillRecord.objects.create(drill=drill, provider=Provider.objects.get(name="Alice"), balance=1)


def a_loss_of(event: LossEvent, book: Book) -> None:
    """Rows of a shared loss alone: nothing else shows here."""
    lost = {"asset": book.asset, "amount": 1}
    addend = LossAddend.objects.create(**lost, loss_event=event, kind="BOOK", subject_id=book.id, advances=0)
    ClusterEdge.objects.create(addend=addend, providers=[book.id], amount=1)
    LossPayment.objects.create(addend=addend, layer="FUND", amount=1)
    recovery = LossRecovery.objects.create(**lost, loss_event=event, reference="r", reason="sold")
    LossReturn.objects.create(recovery=recovery, layer="FUND", amount=1)
    allocated = {"kind": "CASH", "method": "PRO_RATA", "quantity": 1, "confirm_by": event.final_by, "reason": "a test"}
    given = LossAllocation.objects.create(
        **allocated, venue=book.venue, loss_event=event, asset=book.asset, created_at=event.opened_at
    )
    had = {"had": 1, "profit": 1, "leverage": 1, "allocated": 1}
    AllocationFill.objects.create(**had, venue=book.venue, allocation=given, account="anna")
    LossPlan.objects.create(venue=book.venue, version=2, reason="more in front")
    alice = Provider.objects.get(name="Alice")
    stood = {"provider": alice, "asset": book.asset}
    obligation = Obligation.objects.create(**stood, loss_event=event, contribution=1, quality="GOOD")
    guarantee = Guarantee.objects.create(venue=book.venue, version=1)
    Contribution.objects.create(**stood, guarantee=guarantee, amount=1)
    dates = {"called_at": event.opened_at, "due_by": event.takes_until}
    account = build.venue_account(book.venue, AccountKind.FIRST_TRANCHE)
    waited = {"called_at": event.opened_at, "refill_by": event.takes_until}
    Refill.objects.create(**waited, venue=book.venue, account=account, target=1, missing=1)
    paid = {"state": "PAID", "paid": 1, "paid_at": event.opened_at}
    Assessment.objects.create(**lost, **dates, **paid, obligation=obligation, venue=book.venue, provider=alice)
    cover = covers.drafted(book.venue, {alice: 10_000})
    Claim.objects.create(venue=book.venue, cover=cover, loss_event=event, trigger="SHORTFALL", answer_by=event.final_by)
    cured = {"state": "CURED", "cured_by": alice, "cured_at": event.opened_at, "repay_by": event.final_by, "left": 1}
    asked = {"account": "anna", "amount": 2, "reference": "called", "answer_by": event.final_by}
    called = MarginCall.objects.create(venue=book.venue, cover=cover, **asked, **cured)
    CureRepayment.objects.create(margin_call=called, repaid_at=event.opened_at, principal=1, interest=0)
    lending = covers.drafted(book.venue, {alice: 10_000}, **LENDS)
    pledged = {"instrument": book.positions.first().instrument, "quantity": 2, "pledged": 2, "price": 1}
    lent = {"amount": 2, "left": 1, "drawn_at": event.opened_at, "due_at": event.final_by, "reference": "drawn"}
    repo = Repo.objects.create(venue=book.venue, cover=lending, **pledged, **lent)
    RepoRepayment.objects.create(repo=repo, repaid_at=event.opened_at, principal=1, interest=0, paid_by="FUND")


def a_service_of(book: Book, award: Award) -> None:
    """Rows of a month of service alone: nothing else shows here."""
    day = ServiceDay.of(book.venue_id, date(2027, 3, 31))
    day.save()
    terms = dict.fromkeys(("standby_rate_bps", "budget", "standby_edge_bps", "rebate_bps", "min_presence"), 0)
    schedule = FeeSchedule.objects.create(
        venue=book.venue,
        product_group=book.venue.product_groups.first(),
        asset=book.asset,
        version=1,
        effective_on=day.month,
        min_answers=0,
        reason="a test",
        **terms,
    )
    whose = {"provider": award.provider, "schedule": schedule}
    ServiceScore.objects.create(**whose, day=day, present_seconds=1, capacity=1)
    lot, auction = award.step.lot, Auction.objects.first()
    ServiceAnswer.objects.create(**whose, day=day, lot=lot, auction=auction, asked_at=book.received_at, answered=True)
    due = dict.fromkeys(("standby_due", "standby_paid", "rebates_due", "rebates_paid"), 0)
    counts = {"seconds": 1, "present_seconds": 1, "asked": 1, "answered": 1, "active": True, "grade": "GOOD"}
    statement = ServiceStatement.objects.create(**whose, month=day.month, **counts, **due)
    ServiceRebate.objects.create(statement=statement, book=book, notional=1, amount=1)


@pytest.fixture
def everything(decided):
    said = {"venue_id": decided.venue_id, "asset": "USD", "amount": Decimal(1), "reason": "four eyes"}
    alice = Provider.objects.get(name="Alice")
    covers.limit_tranche(decided.venue)
    build.pay_in(alice, "10000")
    cover = covers.activate(covers.signed(decided.venue, {alice: 10_000}, attachment="2000", levels=covers.levels()))
    CoverUse.objects.create(cover=cover, number=1, since=cover.active_at, used=1)
    CoverSuspension.objects.create(cover=cover, starts_at=cover.active_at, ends_at=cover.active_at)
    note(alice)
    User.objects.create_user("olivia")
    limit(alice, "1000000")
    report(alice, "5", "5")
    market = build.conditions(decided.venue)
    PastRegime.objects.create(product_group=market.product_group, regime="CALM", began_at=market.began_at)
    declare(alice)
    first = Book.objects.order_by("received_at").first()
    a_drill_of(first)
    a_loss_of(LossEvent.objects.first(), first)
    vault = a_vault(decided.venue)
    deposit(vault, "5")
    leave(vault, 1)
    trip(decided.venue)
    a_rule(decided.venue, mail_to=["risk@venue.example"])
    watch()
    Alert.objects.bulk_create([Alert.of(rule, Decimal(1), first.received_at) for rule in AlertRule.objects.all()])
    a_service_of(first, Award.objects.filter(provider=alice).first())
    perform(set_approval_limit, **said)
    perform(fund_venue, actor="user:olivia", **{**said, "amount": Decimal(5)}, reference="r")
    let_fail(Award.objects.filter(provider=alice).first())
    webhook, _ = add(alice)
    perform(send_test_message, **owner_of(webhook))
    publish()
    return decided


def test_the_index_stands_in_sections(client, superuser):
    html = client.get("/admin/").content.decode()
    places = [html.index(f">{name}<") for name in ("Market", "Providers", "Ledger", "Venue", "Record")]
    assert "Backstop marketplace" in html
    assert places == sorted(places)
    assert ">More<" not in html, "every registered model has a section"


def test_every_list_and_page_answers_at_a_bounded_price(client, everything, django_assert_max_num_queries):
    for model in OURS:
        row = model._default_manager.first()
        assert row is not None, f"the fixture makes one of each, and no {model._meta.label}"
        with django_assert_max_num_queries(16, info=model._meta.label):
            assert client.get(address(model, "changelist")).status_code == 200
        with django_assert_max_num_queries(32, info=model._meta.label):
            assert client.get(address(model, "change", row.pk)).status_code == 200
        assert client.get(address(model, "changelist"), {"q": "north"}).status_code == 200


def test_nothing_is_changed_or_deleted(client, everything):
    for model in READ_ONLY:
        row = model._default_manager.first()
        html = client.get(address(model, "change", row.pk)).content.decode()
        assert 'name="_save"' not in html
        assert client.post(address(model, "change", row.pk), {}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        client.post(address(model, "changelist"), chosen)
        assert model._default_manager.filter(pk=row.pk).exists()


def test_a_longer_list_needs_no_more_queries(client, venue, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pages = [address(model, "changelist") for model in OURS if model._meta.app_label == "accounts"]

    def counted() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(page)
            counts.append(len(queries))
        return counts

    def more(number: int) -> None:
        for each in range(number):
            provider = build.a_provider(venue, f"Provider {number} {each}")
            build.a_provider_key(provider)
            build.a_commitment(provider)

    more(1)
    counted()  # what Django remembers from a first look
    few = counted()
    more(20)
    assert counted() == few


def test_venues_and_instruments_are_added_and_then_stay(client, db):
    sent = {"code": "south", "name": "South", "notice_seconds": "60"}
    assert client.post(address(Venue, "add"), sent).status_code == 302
    assert client.post(address(Venue, "change", Venue.objects.get().pk), {**sent, "name": "X"}).status_code == 403
    assert Venue.objects.get().name == "South"


def test_a_book_shows_its_way_and_its_money_plainly(client, everything):
    book = Book.objects.get()
    html = client.get(address(Book, "change", book.pk)).content.decode()
    for word in ("ASSIGN", "SEALED", "DUTCH", "FUND", "SETTLED", "40,000", "Alice", "Bob", "are left to the owner"):
        assert word in html
    assert "000000" not in html.replace(str(book.pk), "")


def test_who_may_only_look_is_offered_nothing(client, everything, superuser):
    User.objects.filter(pk=superuser.pk).update(is_superuser=False)
    from django.contrib.auth.models import Permission

    superuser.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    html = client.get(address(ApiKey, "changelist")).content.decode()
    assert "Issue key" not in html
    assert 'value="revoke"' not in html
    assert client.get(reverse("admin:accounts_apikey_issue")).status_code == 403
    assert client.get(reverse("admin:accounts_apikey_revoke")).status_code == 403
    assert client.get(reverse("admin:auctions_playbook_which")).status_code == 403
    assert client.get(reverse("admin:accounts_provider_create")).status_code == 403


def test_an_instrument_shows_what_each_source_says_and_what_they_make(client, superuser, venue):
    bitcoin = build.an_instrument(venue, "XBT-PERP")
    for source, price in (("a", "20000"), ("b", "20010"), ("liar", "40000")):
        build.a_mark(bitcoin, price, source=source)
    html = client.get(address(Instrument, "change", bitcoin.pk)).content.decode()
    assert "The reference is 20,010." in html
    assert html.count("<td>USED</td>") == 2
    assert html.count("<td>OUTLIER</td>") == 1


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/v1/docs"])
def test_a_page_runs_scripts_of_this_server_alone(client, path):
    answer = client.get(path)
    allowed = dict(each.split(" ", 1) for each in answer["Content-Security-Policy"].split("; "))
    assert (allowed["script-src"], allowed["frame-ancestors"]) == ("'self'", "'none'")
    assert b"<script>" not in answer.content
