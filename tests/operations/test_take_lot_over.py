"""Insurers take over what is left of a lot before its first auction; silent, they let it open."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import ApiKey, Claim, Cover, Ground, LossEvent, Provider, User
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.people.declare_default import declare_default
from accounts.queries import list_takers
from accounts.rules.refusals import AccountRefusal
from auctions.models import AtFault, Auction, Lot, Step
from auctions.operations.operator.confirm_default import confirm_default
from auctions.operations.operator.suspend_provider import suspend_provider
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import covers, market, taking_over
from tests.builders import api_client, perform
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused
from tests.taking_over import a_playbook, insuring, liquidated, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return taking_over.a_market(travel)


@pytest.fixture
def insurer(venue):
    return insuring(venue)


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


def test_who_has_nothing_to_pay_is_offered_nothing_and_takes_nothing(venue) -> None:
    insurer = insuring(venue, levels=covers.levels(calm="0"))
    lot = liquidated(venue)
    assert not Event.objects.filter(kind="take_over_offered").exists()
    with refused(AuctionRefusal.LOT_UNKNOWN):
        take(insurer, lot)
    market.sweep("open_auctions")
    assert Auction.objects.get().units == 100, "nobody is waited for"
    clean()


@pytest.mark.parametrize(("limit", "takes"), [("0.000001", False), ("0.000002", True)])
def test_who_may_have_to_pay_the_smallest_amount_may_take(venue, limit, takes) -> None:
    """Of 0.000001 insurers pay 0.00000072, which is nothing, of twice as much 0.000001."""
    insurer = insuring(venue, limit=limit)
    lot = liquidated(venue)
    if takes:
        assert take(insurer, lot, 1)
    else:
        with refused(AuctionRefusal.LOT_UNKNOWN):
            take(insurer, lot, 1)
    clean()


@pytest.mark.parametrize(("left", "takes"), [("0", False), ("1", True)])
def test_what_claims_of_other_events_left_of_the_aggregate_counts(venue, left, takes) -> None:
    insurer = insuring(venue)
    lot = liquidated(venue)
    cover, event = Cover.objects.get(), lot.book.loss_event
    other = LossEvent.objects.get(id=event.id)
    other.id, other._state.adding = uuid4(), True
    other.save()
    counted = {"counted": cover.aggregate - Decimal(left), "insured": 1, "trigger": "SHORTFALL"}
    claim = {"venue": venue, "cover": cover, "answer_by": clock.now(), **counted}
    Claim.objects.create(loss_event=other, **claim)
    found = list_takers(list(LossEvent.objects.filter(id__in=[event.id, other.id])))
    assert found == {event.id: [cover] if takes else [], other.id: [cover]}, "its own claim is what it pays"
    assert insurer in {share.provider for share in cover.shares.all()}


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


def told() -> list[tuple[str, int, str]]:
    """Who was offered how many units until when."""
    offers = Event.objects.filter(kind="take_over_offered").order_by("id")
    names = dict(Provider.objects.values_list("id", "name"))
    return [(names[each.provider_id], each.payload["units"], each.payload["until"]) for each in offers]


def test_whoever_takes_first_ends_nobody_elses_time(venue, travel) -> None:
    first = build.a_provider(venue, "First", collateral="100000")
    second = insuring(venue, "Second", beside=first)
    lot = liquidated(venue)
    travel(seconds=4)
    take(first, lot, 1)
    market.sweep("settle_awards", "pass_lots_on", "open_auctions")
    assert not Auction.objects.exists()
    *_, (name, units, until) = told()
    assert (name, units, {until}) == ("Second", 99, {each for _, _, each in told()})
    with refused(AuctionRefusal.LOT_NOT_OFFERED):
        take(first, lot, 1)
    travel(seconds=5.999999)
    (award,) = take(second, lot, 60)
    assert (award.first_unit, award.units) == (1, 60)
    market.sweep("settle_awards", "pass_lots_on", "open_auctions")
    assert Auction.objects.get().units == 39
    market.sweep()
    clean()


def test_who_is_last_to_take_has_no_instant_more_than_said(venue, travel) -> None:
    first = build.a_provider(venue, "First", collateral="100000")
    second = insuring(venue, "Second", beside=first)
    lot = liquidated(venue)
    take(first, lot, 1)
    market.sweep("settle_awards", "pass_lots_on")
    travel(seconds=10)
    with refused(AuctionRefusal.LOT_NOT_OFFERED):
        take(second, lot, 1)
    market.sweep("open_auctions")
    assert Auction.objects.get().units == 99


def test_a_settlement_that_is_waited_for_takes_nothing_of_the_others_time(venue, travel) -> None:
    a_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=60)
    first = build.a_provider(venue, "First", collateral="100000")
    second = insuring(venue, "Second", beside=first)
    lot = liquidated(venue)
    travel(seconds=4)
    (award,) = take(first, lot, 40)
    travel(seconds=30)
    perform(confirm_settlement, venue_id=venue.id, settlement_id=award.settlement.id)
    market.sweep("settle_awards", "pass_lots_on", "open_auctions")
    assert Step.objects.get(state="READY").due_at == clock.now() + timedelta(seconds=6)
    take(second, lot, 60)


def test_nobody_puts_an_auction_off_by_taking_what_is_never_confirmed(venue, travel) -> None:
    """Again and again a unit, at a venue that says nothing: the offer ends when it was said to."""
    a_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=6)
    insurer = insuring(venue)
    lot = liquidated(venue)
    for _ in range(2):
        take(insurer, lot, 1)
        travel(seconds=6)
        market.sweep("expire_settlements", "pass_lots_on", "open_auctions")
    assert Auction.objects.get().units == 100


def test_what_the_venue_rejects_by_no_fault_of_the_insurer_it_may_take_again(venue, travel) -> None:
    a_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=60)
    first = build.a_provider(venue, "First", collateral="100000")
    insuring(venue, "Second", beside=first)
    lot = liquidated(venue)
    (award,) = take(first, lot, 40)
    why = {"reason": "a test", "fault": AtFault.VENUE}
    perform(reject_settlement, venue_id=venue.id, settlement_id=award.settlement.id, **why)
    market.sweep("pass_lots_on")
    assert sorted(name for name, units, _ in told() if units == 100) == ["First", "First", "Second", "Second"]
    take(first, lot, 100)


KEYS_THAT_TAKE_NOTHING = {
    "reading": lambda now: {"scopes": ["read"]},
    "revoked": lambda now: {"revoked_at": now},
    "ending now": lambda now: {"expires_at": now},
    "of later": lambda now: {"not_before": now + timedelta(microseconds=1)},
    "not collected": lambda now: {"granted_names": ["olivia"]},
}


@pytest.mark.parametrize("kind", KEYS_THAT_TAKE_NOTHING)
def test_nobody_is_waited_for_who_has_no_key_to_take_with(venue, insurer, kind) -> None:
    ApiKey.objects.filter(provider=insurer).update(**KEYS_THAT_TAKE_NOTHING[kind](clock.now()))
    nobody_is_waited_for(liquidated(venue))


def test_nobody_is_waited_for_who_is_suspended(venue, insurer) -> None:
    perform(suspend_provider, provider=insurer, reason="a test")
    nobody_is_waited_for(liquidated(venue))


def test_nobody_is_waited_for_who_is_in_default(venue, insurer) -> None:
    User.objects.bulk_create([User(username=name) for name in ("olivia", "peter")])
    missed = {"ground": Ground.PAYMENT_MISSED, "reason": "no payment", "actor": "user:olivia"}
    perform(declare_default, provider=insurer, **missed)
    perform(confirm_default, provider=insurer, actor="user:peter")
    nobody_is_waited_for(liquidated(venue))


def test_nobody_is_waited_for_who_is_related_to_the_owner(venue, insurer) -> None:
    build.relate(insurer.group, build.a_group(venue, "Olaf"))
    lot = liquidated(venue, owner_group="Olaf")
    nobody_is_waited_for(lot)


def nobody_is_waited_for(lot: Lot) -> None:
    assert told() == []
    assert Step.objects.get(lot=lot).due_at == lot.book.received_at
    market.sweep("open_auctions")
    assert Auction.objects.get().units == lot.units


def test_one_who_may_not_take_keeps_nobody_from_taking_and_is_told_nothing(venue) -> None:
    silent = build.a_provider(venue, "Silent", collateral="100000")
    second = insuring(venue, "Second", beside=silent)
    ApiKey.objects.filter(provider=silent).update(scopes=["read"])
    lot = liquidated(venue)
    assert [name for name, _, _ in told()] == ["Second"]
    take(second, lot, 1)
    market.sweep("settle_awards", "pass_lots_on", "open_auctions")
    assert Auction.objects.get().units == 99


def test_whoever_let_what_it_took_fail_is_offered_no_more_of_it(venue, travel) -> None:
    a_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=60)
    insurer = insuring(venue)
    (award,) = take(insurer, liquidated(venue), 40)
    why = {"reason": "no margin", "fault": AtFault.PROVIDER}
    perform(reject_settlement, venue_id=venue.id, settlement_id=award.settlement.id, **why)
    market.sweep("pass_lots_on", "open_auctions")
    assert len(told()) == 1
    assert Auction.objects.get().units == 100


def test_over_the_api(venue, insurer) -> None:
    lot = liquidated(venue)
    robot = api_client(build.a_provider_key(insurer))
    answered = robot.post(f"/v1/lots/{lot.id}/take-over", {"units": 40})
    assert answered.status_code == 201, answered.json()
    (award,) = answered.json()["awards"]
    assert (award["kind"], award["units"], award["edge_bps"]) == ("ASSIGN", 40, "50")
    assert Lot.objects.get().steps.get().due_at - lot.book.received_at == timedelta(seconds=10)
