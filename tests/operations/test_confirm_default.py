"""A default is confirmed by a second person: in one piece the provider is out of everything that is under way."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.lifecycle import DefaultState, ProviderState
from accounts.models import LossEvent, LossEventKind, Provider, Transfer, User
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.rules.refusals import AccountRefusal
from auctions.lifecycle import BidState, SettlementState
from auctions.models import Auction, Award, Bid, Book, ProviderFault, Settlement
from auctions.operations.operator.confirm_default import confirm_default
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.resume_provider import resume_provider
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import perform
from tests.operations.test_declare_default import declare
from tests.refusing import refused
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    return [User.objects.create(username=name) for name in ("olivia", "peter")]


def confirm(provider, actor: str = "user:peter"):
    return perform(confirm_default, actor=actor, provider=provider)


def in_default(provider):
    declare(provider)
    return confirm(provider)


def test_who_declared_it_cannot_confirm_it_and_confirming_twice_confirms_once(venue) -> None:
    alice = build.a_provider(venue)
    declare(alice)
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(alice, "user:olivia")
    with refused(AccountRefusal.PERSON_UNKNOWN):
        confirm(alice, "command:a test")
    first = confirm(alice)
    assert confirm(alice) == first
    assert LossEvent.objects.get().kind == LossEventKind.PROVIDER


def test_its_covers_are_suspended_and_what_it_has_held_for_them_stays(venue, alice, bob) -> None:
    cover = covers.active(venue, {alice: 5000, bob: 5000})
    others = covers.activate(covers.signed(venue, {bob: 10_000}, attachment="6000"))
    held = build.provider_account(alice).held
    in_default(alice)
    cover.refresh_from_db()
    others.refresh_from_db()
    assert (cover.state, others.state, build.provider_account(alice).held) == ("SUSPENDED", "ACTIVE", held)
    assert cover.suspensions.get().starts_at == cover.suspended_at
    invariants.hold()


def test_at_the_instant_at_which_it_lapses_it_cannot_be_confirmed(venue, travel) -> None:
    alice = build.a_provider(venue)
    with refused(AccountRefusal.DEFAULT_NOT_DECLARED):
        confirm(alice)
    declare(alice)
    travel(seconds=3600)
    with refused(AccountRefusal.DEFAULT_NOT_DECLARED):
        confirm(alice)
    market.sweep("lapse_defaults")
    with refused(AccountRefusal.DEFAULT_NOT_DECLARED):
        confirm(alice)


def test_bids_are_void_commitments_suspended_and_keys_only_read(venue, alice, bob, auction) -> None:
    commitment = build.a_commitment(alice)
    for bidder in (alice, bob):
        market.place(bidder, market.order(auction, bidder.name))
    in_default(alice)
    assert dict(auction.bids.values_list("provider__name", "state")) == {
        "Alice": BidState.VOID,
        "Bob": BidState.LIVE,
    }
    for row in (alice, commitment):
        row.refresh_from_db()
    assert (alice.state, commitment.state) == (ProviderState.SUSPENDED, "SUSPENDED")
    assert alice.api_keys.get().scopes == ("read",)
    assert build.provider_account(alice).held == 0
    with refused(AccountRefusal.PROVIDER_IN_DEFAULT):
        perform(resume_provider, provider=alice, reason="a test")
    invariants.hold()
    tells_everything()


def test_what_it_was_awarded_and_is_not_settled_fails_by_its_fault_and_others_keep_theirs(venue, travel) -> None:
    """Alice and Bob take half each, what fails is Alice's, and keeps what it held."""
    market.a_playbook(venue, settlement_mode="CONFIRM", max_reopenings=0)
    alice, bob = (market.a_bidder(venue, name) for name in ("Alice", "Bob"))
    auction = market.an_auction(venue)
    for bidder in (alice, bob):
        market.place(bidder, market.order(auction, bidder.name, units=50))
    market.close(auction, travel)
    of_bob = build.provider_account(bob)
    in_default(alice)
    failed = Settlement.objects.get(award__provider=alice)
    assert (failed.state, failed.fault) == (SettlementState.REJECTED, "PROVIDER")
    assert Settlement.objects.get(award__provider=bob).state == SettlementState.AWAITING
    account, fault = build.provider_account(alice), ProviderFault.objects.get()
    assert (account.posted, account.held) == (1_000_000, fault.held) == (1_000_000, 2000)
    assert {"olivia", "peter"} <= set(fault.party_names)
    now = build.provider_account(bob)
    assert (now.posted, now.held) == (of_bob.posted, of_bob.held)
    invariants.hold()
    tells_everything()


def test_what_it_bid_anywhere_is_void_in_one_pass(venue) -> None:
    auctions = [market.an_auction(venue, f"book {number}") for number in range(4)]
    alice, bob = (market.a_bidder(venue, name) for name in ("Alice", "Bob"))
    market.place(alice, market.order(auctions[0], "a"))
    market.place(bob, *(market.order(auction, f"b{number}") for number, auction in enumerate(auctions)))

    def statements(provider: Provider) -> int:
        declare(provider)
        with CaptureQueriesContext(connection) as seen:
            confirm(provider)
        return len(seen)

    assert statements(alice) == statements(bob)
    assert set(Bid.objects.values_list("state", flat=True)) == {BidState.VOID}


def test_what_was_confirmed_and_not_carried_out_yet_fails_too(venue, travel) -> None:
    market.a_playbook(venue, max_reopenings=0)
    alice, bob = (market.a_bidder(venue, name) for name in ("Alice", "Bob"))
    auction = market.an_auction(venue)
    for bidder in (alice, bob):
        market.place(bidder, market.order(auction, bidder.name, units=50))
    market.close(auction, travel)
    in_default(alice)
    assert Settlement.objects.get(award__provider=alice).state == SettlementState.REJECTED
    market.sweep()
    assert Settlement.objects.get(award__provider=bob).state == SettlementState.SETTLED
    again = Auction.objects.get(state="OPEN")
    assert alice.id in again.excluded_providers, "whose fault it was takes part no more"
    invariants.hold()
    tells_everything()


def test_its_book_joins_its_loss_event_and_its_relations_take_no_part(venue, travel) -> None:
    alice, bob, charlie = (market.a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie"))
    build.relate(alice.group, bob.group)
    default = in_default(alice)
    auction = market.an_auction(venue, "alice's", owner_group="Alice")
    default.refresh_from_db()
    book = Book.objects.get()
    assert (default.state, book.loss_event) == (DefaultState.HANDLED, default.loss_event)
    assert market.code(bob, auction, name="b") == "provider_excluded"
    assert market.code(charlie, auction, name="c") is None
    travel.to(default.book_by)
    market.mark_again()
    late = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="late", owner_group="Bob")
    assert late.loss_event.kind == LossEventKind.ACCOUNT


def test_a_default_is_closed_once_what_it_cost_is_final(venue, travel) -> None:
    alice = market.a_bidder(venue)
    default = in_default(alice)
    market.committed(venue, name="Bob")
    market.committed(venue, name="Charlie")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), cash="3000", owner_group="Alice")
    market.ended(book)
    assert not Award.objects.filter(provider=alice).exists()
    travel.to(default.book_by)
    market.sweep("handle_defaults", "end_loss_events")
    default.refresh_from_db()
    assert (default.state, default.loss_event.state) == (DefaultState.CLOSED, "FINAL")
    tells_everything()


def test_whoever_declared_it_and_has_another_name_now_cannot_confirm_it(venue, people) -> None:
    alice = build.a_provider(venue)
    declare(alice)
    people[0].username = "olive"
    people[0].save()
    with refused(AccountRefusal.APPROVAL_SAME_PERSON):
        confirm(alice, "user:olive")


def test_nothing_of_it_stands_again_and_its_time_does_not_end_while_it_lasts(venue) -> None:
    alice = build.a_provider(venue)
    commitment = build.a_commitment(alice)
    declare(alice)
    with refused(AccountRefusal.PROVIDER_NOT_FREE):
        perform(end_provider, provider=alice, reason="leaves")
    confirm(alice)
    with refused(AccountRefusal.PROVIDER_IN_DEFAULT):
        perform(resume_commitment, commitment_id=commitment.id, reason="again")


def offered(venue, travel, people) -> None:
    """Everybody has a live bid."""
    auction = market.an_auction(venue)
    for bidder in people:
        market.place(bidder, market.order(auction, bidder.name, units=20))


def awarded(venue, travel, people) -> None:
    """Everybody was awarded something that is not settled."""
    offered(venue, travel, people)
    market.close(Auction.objects.get(), travel)


def ready(venue, travel, people) -> None:
    """Everybody stands ready in a Dutch auction, and has taken some of it."""
    auction = market.a_dutch_auction(venue, travel)
    for bidder in people:
        market.ready(bidder, auction, 20, f"ready-{bidder.name}")
        market.take(bidder, auction, f"take-{bidder.name}", 5)


@pytest.mark.parametrize("mode", ["AUTO", "CONFIRM"])
@pytest.mark.parametrize("stand", [offered, awarded, ready])
def test_a_default_never_touches_the_collateral_of_another_cluster(venue, travel, stand, mode) -> None:
    """Nor does what follows of it by time alone."""
    terms = {"settlement_mode": mode, "max_reopenings": 0, "sealed_seconds": 1}
    market.a_playbook(venue, min_groups=1, cover_percent=0, **terms)
    people = [market.a_bidder(venue, name) for name in ("Alice", "Bob", "Carol")]
    stand(venue, travel, people)
    alice, *others = people
    before = collateral_of(others)
    assert all(held for _, held, _ in before)
    in_default(alice)
    assert collateral_of(others) == before
    travel(days=30)
    market.sweep("handle_defaults", "end_loss_events", "lapse_defaults")
    assert collateral_of(others) == before


def collateral_of(people) -> list[tuple[Decimal, Decimal, int]]:
    """What each has there, what of it is held, and how many transfers ever touched it."""
    accounts = [build.provider_account(each) for each in people]
    moved = [Transfer.objects.filter(Q(debit=each) | Q(credit=each)).count() for each in accounts]
    return [(each.posted, each.held, count) for each, count in zip(accounts, moved, strict=True)]
