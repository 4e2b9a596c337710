"""Whatever moves money or risk waits for a second person above the venue's limits; what protects waits for nobody."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.desks.holdings import settle_holdings
from accounts.models import Approval, Commitment, Provider, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.keys.issue_key import issue_key
from accounts.operations.people.accept_terms import accept_terms
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms, Window
from auctions.models import Book, Breaker, Cap, Playbook
from auctions.operations.operator.add_playbook import add_playbook
from auctions.operations.operator.apply_as_provider import apply_as_provider
from auctions.operations.operator.approve_provider import approve_provider
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.operator.set_cap import set_cap
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.withdraw_book import withdraw_book
from backstop.models import Venue
from tests import market
from tests.builders import a_commitment, a_group, a_provider, perform, the_asset
from tests.refusing import refused

pytestmark = pytest.mark.django_db

WHY = {"reason": "a test"}
TERMS = StandingTerms("BOTH", Decimal(5), window=Window(Decimal(100), 60))


@pytest.fixture
def venue() -> Venue:
    """A venue that wants two persons for more than 100."""
    for name in ("olivia", "oscar"):
        User.objects.create_user(name)
    venue = market.a_market(fund="100000")
    limit(venue)
    return venue


def limit(venue: Venue, amount: str = "100") -> None:
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(amount), **WHY)


def by(name: str, operation: Callable[..., Any], /, **arguments: Any) -> Any:
    return perform(operation, actor=name if ":" in name else f"user:{name}", **arguments)


def confirmed(venue: Venue, approval: Any) -> None:
    assert isinstance(approval, Approval)
    by("oscar", confirm_approval, venue_id=venue.id, approval_id=approval.id)


def key_of(venue: Venue, provider: Provider | None = None, *, person: str | None = None) -> str:
    scopes = PROVIDER_SCOPES if provider else VENUE_SCOPES
    issued = partial(issue_key, venue=venue, provider=provider, scopes=scopes, person=person)
    return f"key:{perform(issued)[0].prefix}"


def test_who_provides_is_decided_by_two_and_suspended_by_one(venue) -> None:
    group = a_group(venue, "North")
    carol = by("olivia", apply_as_provider, venue=venue, name="Carol", group=group, **WHY)
    with refused(AccountRefusal.TERMS_NOT_ACCEPTED):  # refused at once, and not asked for
        by("olivia", approve_provider, provider=carol, **WHY)
    perform(accept_terms, provider=carol, version="1")

    def has_two_do(operation: Callable[..., Any], **arguments: Any) -> None:
        approval = by("olivia", operation, provider=carol, **arguments, **WHY)
        before = Provider.objects.values_list("state", "group").get(id=carol.id)
        with refused(AccountRefusal.APPROVAL_SAME_PERSON):
            by("olivia", confirm_approval, venue_id=venue.id, approval_id=approval.id)
        assert Provider.objects.values_list("state", "group").get(id=carol.id) == before
        confirmed(venue, approval)
        assert Provider.objects.values_list("state", "group").get(id=carol.id) != before

    has_two_do(approve_provider)
    assert by("olivia", suspend_provider, provider=carol, **WHY).state == "SUSPENDED"
    assert isinstance(by("olivia", suspend_provider, provider=carol, bids_stand=True, **WHY), Approval)
    has_two_do(resume_provider)
    has_two_do(move_provider, group=a_group(venue, "South"))
    has_two_do(end_provider)
    approval = by("olivia", create_provider, venue=venue, name="Dora", group=group, **WHY)
    assert not Provider.objects.filter(name="Dora").exists()
    confirmed(venue, approval)
    assert Provider.objects.get(name="Dora").state == "ACTIVE"


def test_what_ends_meanwhile_does_not_come_back_by_an_approval_of_before(venue) -> None:
    alice = a_provider(venue, collateral="0")
    by("olivia", suspend_provider, provider=alice, **WHY)
    resuming = by("olivia", resume_provider, provider=alice, **WHY)
    confirmed(venue, by("olivia", end_provider, provider=alice, **WHY))
    with refused(AccountRefusal.PROVIDER_NOT_IN_STATE):
        confirmed(venue, resuming)


def test_groups_are_related_by_one_and_parted_by_two(venue) -> None:
    north, south = (a_group(venue, name) for name in ("North", "South"))
    said = {"venue_id": venue.id, "group_id": north.id, "other_id": south.id}
    by("olivia", relate_groups, **said, **WHY)
    approval = by("olivia", relate_groups, related=False, **said, **WHY)
    assert north.related.contains(south)
    confirmed(venue, approval)
    assert not north.related.contains(south)


def test_what_is_offered_for_a_provider_takes_two_and_by_its_own_key_one(venue) -> None:
    alice, bob = (a_provider(venue, name) for name in ("Alice", "Bob"))
    own = by(key_of(venue, alice), propose_commitment, provider=alice, terms=TERMS)
    assert isinstance(own, Commitment)
    approval = by("olivia", propose_commitment, provider=bob, terms=TERMS, product_group="PERPS", **WHY)
    assert not Commitment.objects.filter(provider=bob).exists()
    confirmed(venue, approval)
    for_bob = Commitment.objects.get(provider=bob)
    assert for_bob.terms.get().terms == TERMS
    confirmed(venue, by("olivia", approve_commitment, commitment_id=for_bob.id, **WHY))
    changes = {"min_edge_bps": Decimal("4.5"), "window": Window(Decimal(200), 60)}
    said = {"provider": bob, "commitment_id": for_bob.id, "changes": changes}
    confirmed(venue, by("olivia", change_commitment, **said, **WHY))
    assert for_bob.terms.latest("effective_at").terms.min_edge_bps == Decimal("4.5")
    assert by("olivia", suspend_commitment, commitment_id=for_bob.id, **WHY).state == "SUSPENDED"
    approval = by("olivia", resume_commitment, commitment_id=for_bob.id, **WHY)
    for_bob.refresh_from_db()
    assert for_bob.state == "SUSPENDED"
    confirmed(venue, approval)


def test_a_playbook_takes_two(venue) -> None:
    parameters = {"dutch_cap_bps": "600.5", "dutch_curve": {"kind": "PIECEWISE"}}
    approval = by("olivia", add_playbook, venue=venue, parameters=parameters, **WHY)
    assert not Playbook.objects.exists()
    confirmed(venue, approval)
    assert Playbook.objects.get().dutch_cap_bps == Decimal("600.5")


def test_a_cap_is_lowered_by_one_and_raised_above_the_limit_by_two(venue) -> None:
    said = {"venue": venue, "product_group": None, "asset": the_asset(venue), **WHY}
    for amount in ("50", "100"):
        assert isinstance(by("olivia", set_cap, limit=Decimal(amount), **said), Cap)
    for amount in (Decimal("100.01"), None):
        assert isinstance(by("olivia", set_cap, limit=amount, **said), Approval)
    assert isinstance(by("olivia", set_cap, limit=Decimal(10), **said), Cap)
    assert Cap.objects.get().limit == 10


def test_a_breaker_is_tripped_by_one_and_let_go_by_two_or_the_engine(venue) -> None:
    said = {"venue_id": venue.id, **WHY}
    by("olivia", set_breaker, level=3, **said)
    approval = by("olivia", set_breaker, level=0, **said)
    assert Breaker.objects.get().level == 3
    confirmed(venue, approval)
    assert Breaker.objects.get().level == 0
    by("olivia", set_breaker, level=2, **said)
    assert by(key_of(venue), set_breaker, level=0, **said).level == 0
    by("olivia", set_breaker, level=2, **said)
    assert isinstance(by(key_of(venue, person="olivia"), set_breaker, level=0, **said), Approval)


def test_a_persons_word_on_a_book_takes_two_and_an_engines_one(venue) -> None:
    market.a_lenient_playbook(venue)
    book = market.received(venue)
    amending = {"venue_id": venue.id, "book_id": book.id, "order": market.LARGER, "expected_version": 1, **WHY}
    approval = by("olivia", amend_book, **amending)
    book.refresh_from_db()
    assert book.version == 1
    confirmed(venue, approval)
    book.refresh_from_db()
    assert (book.version, book.positions.filter(book_version=2).exists()) == (2, True)
    withdrawing = {"venue_id": venue.id, "book_id": book.id, **WHY}
    assert isinstance(by(key_of(venue, person="olivia"), withdraw_book, **withdrawing), Approval)
    assert by(key_of(venue), withdraw_book, **withdrawing).state == "WITHDRAWN"


def test_an_auction_is_restarted_by_two_or_the_engine(venue) -> None:
    market.a_playbook(venue, max_restarts=5)
    auction = market.an_auction(venue)
    said = {"venue_id": venue.id, "auction_id": auction.id, **WHY}
    approval = by("olivia", restart_auction, **said)
    auction.refresh_from_db()
    assert auction.restarts == 0
    confirmed(venue, approval)
    by(key_of(venue), restart_auction, **said)
    auction.refresh_from_db()
    assert auction.restarts == 2


def test_what_the_fund_holds_is_sold_by_two_above_the_limit(venue) -> None:
    market.a_playbook(venue)
    instrument = venue.instruments.get()
    award = market.award_to(None, instrument, 1)
    perform(settle_holdings, holders={award: (venue.id, None)})
    said = {"instrument": instrument, "reference": "sale", **WHY}
    approval = by("olivia", sell_inventory, **said)
    assert (approval.asset, approval.amount) == (the_asset(venue), 20000)
    assert not Book.objects.exists()
    confirmed(venue, approval)
    assert Book.objects.get().owned_by_fund


def test_without_a_limit_one_person_is_enough(venue) -> None:
    other = market.a_market()
    creating = {"name": "A", "group": a_group(other, "A")}
    for operation, said in ((add_playbook, {"parameters": {}}), (create_provider, creating)):
        assert not isinstance(by("olivia", operation, venue=other, **said, **WHY), Approval)


def test_a_commitment_of_nobody_known_is_refused(venue) -> None:
    commitment = a_commitment(a_provider(venue))
    with refused(AccountRefusal.PERSON_UNKNOWN):
        by(key_of(venue), change_commitment, provider=commitment.provider, commitment_id=commitment.id, changes={})
