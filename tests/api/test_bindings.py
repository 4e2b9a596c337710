"""/v1/providers/{id}/bindings: what binds a provider's money, why and until when."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountKind, Assessment, Claim, Ground, LossEvent, Provider, ProviderDefault, Repo, User
from accounts.operations.people.declare_default import declare_default
from auctions.models import Auction, Award, Bid, ProviderFault, Settlement
from auctions.queries.bindings import BindingKind, list_bindings
from tests import builders as build
from tests import claims, market, repos
from tests.builders import api_client, perform
from tests.invariants import hold
from tests.operations.test_loss_sharing import a_venue, close, finish, owing
from tests.operations.test_move_contribution import contribute
from tests.operations.test_settle_claims import lacking
from tests.operations.test_take_deposit import a_vault, deposit, leave

pytestmark = pytest.mark.django_db


def bindings(client, provider: Provider) -> list[dict]:
    answer = client.get(f"/v1/providers/{provider.id}/bindings")
    assert answer.status_code == 200, answer.json()
    return list(answer.json())


def own(provider: Provider) -> list[dict]:
    return bindings(api_client(build.a_provider_key(provider)), provider)


def of_venue(provider: Provider) -> list[dict]:
    return bindings(api_client(build.a_venue_key(provider.venue)), provider)


def said(provider: Provider) -> list[tuple]:
    """What binds, which row, how much, until when."""
    rows = own(provider)
    return [(row["kind"], row["reference_id"], row["amount"], row["until"] and row["until"][:19]) for row in rows]


def at(instant) -> str:
    return instant.isoformat()[:19]


def held(provider: Provider) -> Decimal:
    return build.provider_account(provider).held


def sealed_bids(venue, *names: str) -> tuple[Auction, Provider]:
    alice, auction = market.a_bidder(venue), market.an_auction(venue)
    for name in names:
        assert market.code(alice, auction, name) is None
    return auction, alice


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_playbook(venue, min_groups=1, cover_percent=0, settlement_mode="CONFIRM")
    return venue


def test_who_has_nothing_bound_is_told_of_nothing(venue) -> None:
    assert own(build.a_provider(venue)) == []


def test_a_bid_binds_until_its_auction_closes_or_it_expires_before(venue) -> None:
    auction, alice = sealed_bids(venue, "b1", "b2")
    first, second = Bid.objects.order_by("sequence")
    expires_at = auction.closes_at - timedelta(seconds=10)
    Bid.objects.filter(id=second.id).update(expires_at=expires_at)
    assert said(alice) == [
        ("BID", str(second.id), f"{second.held.normalize():f}", at(expires_at)),
        ("BID", str(first.id), f"{first.held.normalize():f}", at(auction.closes_at)),
    ]
    (row, _) = own(alice)
    assert (row["account"], row["asset"], row["address"]) == ("COLLATERAL", "USD", f"/v1/bids/{second.id}")
    assert row["why"] == BindingKind.BID.label
    assert first.held + second.held == held(alice)


def test_its_venue_sees_bids_in_one_sum_that_names_no_auction(venue) -> None:
    """Nor when one closes, which would be its name."""
    _, alice = sealed_bids(venue, "b1", "b2")
    (row,) = of_venue(alice)
    assert (row["kind"], row["reference_id"], row["address"], row["until"]) == ("BID", None, None, None)
    assert Decimal(row["amount"]) == held(alice)


def test_an_award_binds_until_the_venue_was_to_confirm_it_and_a_fault_until_it_is_decided(venue, travel) -> None:
    auction, alice = sealed_bids(venue, "b1")
    market.close(auction, travel)
    market.sweep()
    settlement = Settlement.objects.get(award__provider=alice)
    award = Award.objects.get(provider=alice)
    assert said(alice) == [
        ("AWARD", str(settlement.id), f"{award.collateral_held.normalize():f}", at(settlement.confirm_by))
    ]
    assert own(alice)[0]["address"] == f"/v1/settlements/{settlement.id}"
    market.reject(venue, settlement)
    fault = ProviderFault.objects.get()
    assert said(alice) == [("FAULT", str(fault.id), f"{fault.held.normalize():f}", None)]
    hold()


def test_pledge_claim_line_and_loan_of_a_cover_are_rows_of_their_own(travel) -> None:
    """6,800 are pledged: 1,800 for losses and 5,000 to lend, of which 4,000 are lent."""
    cover = repos.a_cover(repos.a_venue(travel))
    ines = Provider.objects.get(name="Ines")
    repos.draw(cover)
    ends_at = at(cover.ends_at)
    assert set(said(ines)) == {
        ("COVER", str(cover.id), "1800", ends_at),
        ("LINE", str(cover.id), "1000", ends_at),
        ("LOAN", str(cover.id), "4000", at(Repo.objects.get().due_at)),
    }
    assert {row["account"] for row in own(ines) if row["kind"] == "LOAN"} == {None}
    hold()


def test_a_claim_binds_its_part_of_a_pledge_until_its_event_is_final(travel) -> None:
    venue = claims.a_market(travel)
    cover = claims.insured(venue)
    insurer = cover.shares.get(parts=6000).provider
    assert said(insurer) == [("COVER", str(cover.id), "2160", at(cover.ends_at))]
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    assert set(said(insurer)) == {
        ("COVER", str(cover.id), "2160", at(cover.ends_at)),
        ("CLAIM", str(claim.id), "172.8", at(claim.loss_event.final_by)),
    }
    assert held(insurer) == Decimal("2332.8")
    finish(claim.loss_event, travel)
    assert [kind for kind, *_ in said(insurer)] == ["COVER"]


def test_an_overdue_claim_binds_all_that_is_there_of_who_lacks_its_part(travel) -> None:
    claim, (poor, rich) = lacking(claims.a_market(travel))
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    nothing_leaves = ("CLAIM", str(claim.id), None, at(claim.loss_event.final_by))
    assert nothing_leaves in said(poor)
    assert nothing_leaves not in said(rich)
    build.pay_in(poor, "5000")
    market.sweep("settle_claims")
    assert nothing_leaves not in said(poor)


def test_a_contribution_is_bound_while_a_loss_event_obliges_for_it_and_an_assessment_until_it_is_due(travel) -> None:
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    contribute(bob, "30", "Bob")
    assert said(bob) == [], "it may leave at any time"
    book = owing(venue, "35", "1")
    event = LossEvent.objects.get()
    assert said(bob) == [("CONTRIBUTION", str(event.id), "30", at(event.final_by))]
    assert own(bob)[0]["account"] == "CONTRIBUTION"
    close(book)
    finish(event, travel)
    called = Assessment.objects.get()
    assert said(bob) == [("ASSESSMENT", str(called.id), "5", at(called.due_by))]
    travel.to(called.due_by)
    market.sweep("expire_assessments")
    assert said(bob) == []


def test_a_default_binds_all_that_is_there_until_it_lapses(travel) -> None:
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    User.objects.create(username="olivia")
    ground = {"ground": Ground.PAYMENT_MISSED, "reason": "it did not come"}
    perform(declare_default, actor="user:olivia", provider=bob, **ground)
    declared = ProviderDefault.objects.get()
    assert said(bob) == [("DEFAULT", str(declared.id), None, at(declared.confirm_by))]
    assert own(bob)[0]["address"] == f"/v1/providers/{bob.id}/default"
    travel.to(declared.confirm_by)
    market.sweep("lapse_defaults")
    assert said(bob) == []


def test_a_vault_binds_its_pool_and_who_leaves_is_paid_first(travel) -> None:
    vault = a_vault(market.a_market(travel), notice_seconds=3600)
    assert said(vault.provider) == [("VAULT", str(vault.id), None, None)]
    deposit(vault, "100")
    leaving = leave(vault, 10**12)
    assert said(vault.provider) == [
        ("WITHDRAWAL", str(leaving.id), None, at(leaving.due_at)),
        ("VAULT", str(vault.id), None, None),
    ]
    assert own(vault.provider)[0]["address"] == f"/v1/vaults/{vault.id}/withdrawals/{leaving.id}"
    travel.to(leaving.due_at)
    market.sweep("settle_vaults")
    assert [kind for kind, *_ in said(vault.provider)] == ["VAULT"]


def test_readiness_binds_until_its_auction_ends_and_its_venue_sees_the_sum_alone(travel) -> None:
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue)
    alice, auction = market.a_bidder(venue), market.a_dutch_auction(venue, travel)
    stands = market.ready(alice, auction, 10)
    assert said(alice) == [("READINESS", str(stands.id), f"{held(alice).normalize():f}", at(auction.closes_at))]
    (row,) = of_venue(alice)
    assert (row["kind"], row["reference_id"], row["until"]) == ("READINESS", None, None)
    assert Decimal(row["amount"]) == held(alice)


def test_a_drill_binds_nothing(venue, travel) -> None:
    alice = market.a_bidder(venue)
    market.a_drill(venue)
    market.sweep()
    assert market.code(alice, Auction.objects.get()) is None
    assert (said(alice), of_venue(alice)) == ([], [])


def test_another_provider_is_not_there_and_another_venue_has_none(venue) -> None:
    _, alice = sealed_bids(venue, "b1")
    path = f"/v1/providers/{alice.id}/bindings"
    for key in (build.a_provider_key(build.a_provider(venue, "Bob")), build.a_venue_key(build.a_venue())):
        stranger = api_client(key).get(path)
        assert (stranger.status_code, stranger.json()["code"]) == (404, "provider_unknown")
    without = api_client(build.a_venue_key(venue, ["books"])).get(path)
    assert (without.status_code, without.json()["code"]) == (403, "scope_missing")


def test_it_costs_as_many_queries_for_many_rows_as_for_one(venue, django_assert_num_queries) -> None:
    auction, alice = sealed_bids(venue, "b1")
    with CaptureQueriesContext(connection) as for_one:
        assert len(list_bindings(alice)) == 1
    for number in range(2, 6):
        assert market.code(alice, auction, f"b{number}") is None
    with django_assert_num_queries(len(for_one)):
        assert len(list_bindings(alice)) == 5


def test_its_page_in_the_admin_leads_to_what_binds_it(travel, admin_client) -> None:
    cover = repos.a_cover(repos.a_venue(travel))
    ines = Provider.objects.get(name="Ines")
    page = admin_client.get(f"/admin/accounts/provider/{ines.id}/change/").content.decode()
    assert "What binds its money" in page
    assert f"/admin/accounts/cover/{cover.id}/change/" in page
    assert AccountKind.COLLATERAL in page
