"""Insurers take over what is left of a lot before its first auction; silent, they let it open."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import ApiKey, Provider
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.rules.refusals import AccountRefusal
from auctions.models import Auction, Award, Lot, Step
from auctions.operations.provider.take_lot_over import take_lot_over
from auctions.rules.chain.links import AssignLink
from auctions.rules.chain.whole import chain_differences
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Event
from tests import builders as build
from tests import covers, invariants, market
from tests.builders import api_client, perform
from tests.golden.chains.written import signed_anew
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused
from tests.rules.sealed import KEY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    a_playbook(venue)
    return venue


def a_playbook(venue, **said):
    """Commitments are bids, so that an auction is what comes first."""
    fields = {"assign": "AS_BIDS", "fund_draw_limit": "5000", "mark_max_age_seconds": 60, "cover_percent": 0}
    return build.a_playbook(venue, **{**fields, **said})


@pytest.fixture
def insurer(venue):
    return insuring(venue)


def insuring(venue, name="Ines", edge="50", beside=None, **said) -> Provider:
    """Who may take over for that edge at most, in ten seconds; as may who insures half of it `beside`."""
    provider = build.a_provider(venue, name, collateral="100000")
    parts = {provider: 5000, beside: 5000} if beside else {provider: 10_000}
    covers.active(venue, parts, **{"take_edge_bps": Decimal(edge), "take_seconds": 10, **said})
    return provider


def liquidated(venue, **said) -> Lot:
    """Of 2 bitcoins at 20,000, in 100 units of 400."""
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000", **said)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    return Lot.objects.get()


def take(provider: Provider, lot: Lot, units: int = 100) -> list[Award]:
    key = ApiKey.objects.filter(provider=provider).first() or market.issued_key(provider)
    taken: list[Award] = perform(take_lot_over, key_id=key.id, provider_id=provider.id, lot_id=lot.id, units=units)
    invariants.hold()
    return taken


def test_silent_insurers_let_the_auction_open_once_their_time_is_over(venue, insurer, travel) -> None:
    lot = liquidated(venue)
    (told,) = Event.objects.filter(kind="take_over_offered")
    assert (told.provider_id, told.payload["units"], told.payload["edge_bps"]) == (insurer.id, 100, "50")
    assert told.payload["positions"] == ("BTC-PERP LONG 2",)
    travel(seconds=9.999999)
    market.sweep("open_auctions")
    assert not Auction.objects.exists()
    travel(microseconds=1)
    market.sweep("open_auctions")
    assert Auction.objects.get().units == 100
    with refused(AuctionRefusal.LOT_NOT_OFFERED):
        take(insurer, lot)


def test_what_an_insurer_takes_is_settled_and_the_rest_is_auctioned_at_once(venue, insurer, travel) -> None:
    lot = liquidated(venue)
    (award,) = take(insurer, lot, 40)
    assert (award.provider, award.units, award.edge_bps, award.step.kind) == (insurer, 40, 50, "ASSIGN")
    with refused(AuctionRefusal.LOT_NOT_OFFERED):
        take(insurer, lot, 1)
    market.sweep("settle_awards", "pass_lots_on", "open_auctions")
    assert Auction.objects.get().units == 60
    assert market.holding_of(insurer, award.step.lot.positions.get().instrument) == Decimal("0.8")
    assert Event.objects.filter(kind="take_over_offered").count() == 1
    clean()


def test_who_takes_all_ends_the_lot_and_the_claim_is_of_what_is_lost_beside(venue, insurer, travel) -> None:
    lot = liquidated(venue)
    take(insurer, lot, 101)
    market.sweep()
    lot.book.refresh_from_db()
    assert (lot.book.state, Auction.objects.exists()) == ("CLOSED", False)
    clean()


@pytest.mark.parametrize(
    ("by_contract", "commitment", "paid"), [("50", None, "50"), ("300", None, "150"), ("50", "30", "30")]
)
def test_it_is_paid_the_least_of_its_contract_what_commitments_got_and_what_is_paid_without_competition(
    venue, by_contract, commitment, paid
) -> None:
    insurer = insuring(venue, edge=by_contract)
    if commitment:
        a_playbook(venue, assign="FIRST")
        build.a_commitment(build.a_provider(venue, "Carl"), min_edge_bps=commitment, cap_per_assignment="20000")
    (award,) = take(insurer, liquidated(venue), 10)
    assert award.edge_bps == Decimal(paid)
    clean()


def test_a_lot_that_affords_less_pays_less(venue, insurer) -> None:
    a_playbook(venue, fund_draw_limit="0")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="100")
    market.sweep("route_books")
    (award,) = take(insurer, Lot.objects.get())
    assert award.edge_bps == 25
    clean()


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"by_cover": False}, "it has commitments first as True, and by the playbook it is False"),
        ({"offers": ()}, "it has the insurers who take over as 0, and by the rules it is 1"),
    ],
)
def test_a_venue_that_assigns_without_an_insurer_is_found(venue, insurer, lie, said) -> None:
    lot = liquidated(venue)
    take(insurer, lot)
    market.sweep()
    lot.book.refresh_from_db()
    chain = invariants.chain_holds(lot.book)
    links = tuple(replace(link, **lie) if isinstance(link, AssignLink) else link for link in chain.links)
    found = list(chain_differences(signed_anew(replace(chain, links=links)), {KEY.public_key}))
    assert any(said in each for each in found), found


def test_others_know_of_no_such_lot(venue, insurer, travel) -> None:
    other = insuring(venue, "Otto", account="somebody else", attachment="6000")
    lot = liquidated(venue)
    for stranger in (other, build.a_provider(venue, "Stan")):
        with refused(AuctionRefusal.LOT_UNKNOWN):
            take(stranger, lot)
    assert not Event.objects.filter(kind="take_over_offered").exclude(provider_id=insurer.id).exists()


def test_a_cover_in_another_asset_gives_no_right_to_a_lot(venue, travel) -> None:
    insurer = build.a_provider(venue, "Ines")
    build.an_asset(venue, "EUR")
    move = {"asset": "EUR", "amount": Decimal(100_000), "reference": "in"}
    perform(move_collateral, venue_id=venue.id, provider_id=insurer.id, **move)
    covers.active(venue, {insurer: 10_000}, asset="EUR", take_edge_bps=Decimal(50), take_seconds=10)
    lot = liquidated(venue)
    assert not Event.objects.filter(kind="take_over_offered").exists()
    assert Step.objects.get(lot=lot).due_at == lot.book.received_at


def test_insurers_are_told_no_positions_that_the_auction_hides(venue, insurer) -> None:
    market.a_playbook(venue, disclosure="SIZE_BAND", sealed_by="VENUE")
    liquidated(venue)
    assert Event.objects.get(kind="take_over_offered").payload["positions"] == ()


def test_events_that_opened_before_a_cover_stood_are_none_of_its_own(venue, travel) -> None:
    lot = liquidated(venue)
    travel(microseconds=1)
    with refused(AuctionRefusal.LOT_UNKNOWN):
        take(insuring(venue), lot)
    assert Step.objects.get().due_at == lot.book.received_at


def test_it_fits_collateral_limits_and_whom_it_may_deal_with(venue, insurer) -> None:
    lot = liquidated(venue)
    with refused(AuctionRefusal.UNITS_NOT_POSITIVE):
        take(insurer, lot, 0)
    build.pay_in(insurer, "-96400")
    with refused(AuctionRefusal.MARGIN_INSUFFICIENT):
        take(insurer, lot)
    Provider.objects.filter(id=insurer.id).update(state="SUSPENDED")
    with refused(AccountRefusal.PROVIDER_SUSPENDED):
        take(insurer, lot)


def test_two_insurers_one_after_the_other(venue, travel) -> None:
    first = build.a_provider(venue, "First", collateral="100000")
    second = insuring(venue, "Second", beside=first)
    lot = liquidated(venue)
    take(first, lot, 40)
    market.sweep("settle_awards", "pass_lots_on")
    (award,) = take(second, lot, 60)
    assert (award.first_unit, award.units) == (40, 60)
    market.sweep()
    clean()


def test_over_the_api(venue, insurer) -> None:
    lot = liquidated(venue)
    robot = api_client(build.a_provider_key(insurer))
    answered = robot.post(f"/v1/lots/{lot.id}/take-over", {"units": 40})
    assert answered.status_code == 201, answered.json()
    (award,) = answered.json()["awards"]
    assert (award["kind"], award["units"], award["edge_bps"]) == ("ASSIGN", 40, "50")
    assert Lot.objects.get().steps.get().due_at - lot.book.received_at == timedelta(seconds=10)
