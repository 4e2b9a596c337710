"""`manage.py report`: what came of a failure and who paid, and what a quarter was like, for people who decide."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Claim, LossEvent
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.record_recovery import record_recovery
from auctions.offline.reports import RiskReport, Section
from auctions.operations.operator.set_breaker import set_breaker
from auctions.queries.reports import Quarter
from auctions.queries.reports.sections import at
from backstop import clock
from tests import builders as build
from tests import claims, covers, market
from tests.builders import api_client, perform
from tests.claims import say
from tests.operations.test_covered_limits import LEAP, moving, opened, stress
from tests.operations.test_loss_sharing import a_venue, close, finish, owing
from tests.operations.test_move_contribution import contribute
from tests.operations.test_own_edges import a_covered_venue, firms, insured, liquidated
from tests.operations.test_pay_assessment import lose

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(travel) -> LossEvent:
    """Of 100 the first tranche paid 50, the fund 30, and nobody 20; then 10 came back."""
    venue = a_venue(travel, tranche="50", fund="30")
    close(owing(venue, "100", "1"))
    found = LossEvent.objects.get()
    finish(found, travel)
    said = {"asset": "USD", "amount": Decimal(10), "reference": "r", "reason": "the owner repaid"}
    perform(record_recovery, actor="user:olivia", venue_id=venue.id, loss_event_id=found.id, **said)
    return found


def written(*arguments: str) -> str:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    return out.getvalue()


def sections(*arguments: str) -> dict[str, list[dict[str, str]]]:
    said = json.loads(written(*arguments, "--format", "json"))
    return {section["title"]: section["rows"] for section in said["sections"]}


def test_a_loss_event_says_what_it_cost_who_paid_and_who_decided(event) -> None:
    told = sections("default", str(event.id))
    (cost,) = told["What it cost"]
    assert (cost["asset"], cost["cost"], cost["came back"]) == ("USD", "100", "10")
    paid = {row["layer"]: row["amount"] for row in told["Who paid"]}
    assert paid == {"FIRST_TRANCHE": "50", "FUND": "30", "UNALLOCATED": "10"}
    assert [row["where from"] for row in told["What came back"]] == ["the owner repaid"]
    assert ("user:olivia", "loss_recovered", "the owner repaid") in {
        (row["who"], row["what"], row["why"]) for row in told["Who decided what"]
    }
    assert [row["book"] for row in told["Its books"]] == ["1"]


def test_what_is_not_paid_yet_stands_as_its_debt(travel) -> None:
    close(owing(a_venue(travel, tranche="50", fund="30"), "100", "1"))
    paid = {row["layer"]: row["amount"] for row in sections("default", str(LossEvent.objects.get().id))["Who paid"]}
    assert paid == {"FIRST_TRANCHE": "50", "FUND": "30", "owed": "20"}


def test_who_was_called_for_is_said_with_what_each_owes(travel) -> None:
    venue = a_venue(travel)
    contribute(build.a_provider(venue, "Bob", collateral="14"), "30", "Bob")
    lost = lose(venue, "45", travel)
    travel(seconds=3 * 86400)
    market.sweep("expire_assessments")
    (called,) = sections("default", str(lost.id))["Who was called for"]
    assert (called["provider"], called["called for"], called["paid"], called["owed"]) == ("Bob", "15", "14", "1")
    assert called["state"] == "OVERDUE"


def test_what_covers_stood_for_and_who_paid_more_by_edges_of_its_own_is_said(travel) -> None:
    """Of 1,000 were 200 an edge to Anna: of the 180 that adds to 900, 90 were Ben's to pay."""
    venue = a_covered_venue(travel)
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, anna))
    claim = say(answer_claim, Claim.objects.get())
    told = sections("default", str(claim.loss_event_id))
    (stood,) = told["What covers stood for"]
    assert (stood["covered as it opened"], stood["insured"], stood["paid"]) == ("10000", "900", "900")
    (edge,) = told["Edges to insurers' own clusters"]
    assert (edge["cluster"], edge["edges"], edge["of it added"]) == ("Anna", "200", "180")
    paid = [("Anna", "540", "90"), ("Ben", "360", "-90")]
    quarter = str(Quarter.around(claim.loss_event.opened_at))
    for report in (("default", str(claim.loss_event_id)), ("quarterly", "--quarter", quarter)):
        rows = sections(*report)["What insurers paid"]
        assert [(row["insurer"], row["paid"], row["asked of it more by edges"]) for row in rows] == paid


def test_each_clusters_parts_of_all_coverage_stand_beside_the_venues_bound(travel) -> None:
    venue = a_covered_venue(travel)
    anna, ben = firms(venue, "Anna", "Ben")
    covers.activate(covers.signed(venue, {anna: 7500, ben: 2500}, attachment="0"))
    market.a_playbook(venue, max_cluster_parts=7000)
    rows = sections("quarterly")["Clusters in all coverage"]
    assert [(row["parts of 10,000"], row["at most"]) for row in rows] == [("7500", "7000"), ("2500", "7000")]


def test_how_limits_of_covers_moved_is_said_with_why_and_from_when(travel) -> None:
    """Of 5,000 half stands while the market is stressed, a day after that was told, and all again once it is calm."""
    travel.to(LEAP)
    stressed = {"stressed_spread_bps": "50", "dwell_seconds": 0, "max_gap_seconds": 10**7}
    venue = a_venue(travel, fund="10000", fund_draw_limit="0", **stressed)
    build.conditions(venue)
    cover = moving(venue)
    travel(seconds=60)
    stress(venue)
    travel(seconds=cover.notice_seconds)
    market.sweep("charge_premiums")
    lost, fallen_at = opened(venue, "lost"), clock.now()
    travel(seconds=60)
    stress(venue, calm=True)
    risen_at = clock.now()
    begins, falls, rises = (
        ("begins", "5000", "1", "CALM", at(LEAP)),
        ("falls", "2500", "0.5", "STRESSED", at(fallen_at)),
        ("rises", "5000", "1", "CALM", at(risen_at)),
    )

    def moves(*report: str) -> list[tuple[str, ...]]:
        rows = sections(*report)["Limits of covers that moved"]
        assert {(row["cover"], row["of a limit of"]) for row in rows} == {(cover.content_hash[:8], "5000")}
        return [tuple(row[name] for name in ("moved", "covers", "level", "regime", "from")) for row in rows]

    of_event = ("default", str(lost.id))
    assert moves("quarterly", "--quarter", "2028-Q1") == [begins, falls, rises]
    assert moves(*of_event) == [falls], "what moved as it opened is of it, and what moves at its end is not"
    travel(seconds=1)
    assert moves(*of_event) == [falls, rises]
    assert sections("quarterly", "--quarter", "2028-Q2")["Limits of covers that moved"] == []


def test_it_reads_as_markdown(event) -> None:
    lines = written("default", str(event.id)).splitlines()
    assert lines[0].startswith("# Loss event of ")
    assert "## Who paid" in lines
    assert any(line.startswith("| ") and "FIRST\\_TRANCHE" in line and line.endswith("| 50 |") for line in lines)


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-0000-0000-000000000007"])
def test_an_event_that_is_not_there_is_one_clear_line(name) -> None:
    with pytest.raises(CommandError, match="there is no loss event"):
        written("default", name)


def test_a_quarter_says_what_stands_behind_the_venue_and_what_happened(event, tmp_path) -> None:
    venue = event.venue
    said = {"venue_id": venue.id, "level": 1, "reason": "a test"}
    perform(set_breaker, actor="user:olivia", **said)
    (tmp_path / "a.csv").write_text("account,instrument,side,quantity\nbig,BTC-PERP,LONG,3\n")
    told = sections("quarterly", "--venue", venue.code, "--scenario", str(tmp_path / "a.csv"))
    stands = {row["account"]: row["posted"] for row in told["Resources"]}
    assert (stands["FUND"], stands["FIRST_TRANCHE"]) == ("0", "0")
    assert [row["layer"] for row in told["In which order losses are paid"]][:3] == ["FIRST_TRANCHE", "COVERS", "FUND"]
    one = told["Coverage"][0]
    assert (one["largest accounts"], one["their notional"], one["lacking"]) == ("cover-1", "60000", "0")
    assert one["lacking then"] == "60000"
    assert [row["loss event"] for row in told["Loss events"]] == [str(event.id)]
    assert {row["what"]: row["how often"] for row in told["Breaches"]}["losses that nobody paid"] == "1"
    assert {row["what"]: row["how often"] for row in told["Breaches"]}["breaker_tripped"] == "1"
    assert {"loss_recovered", "breaker_tripped"} <= {row["what"] for row in told["Who decided what"]}


def test_of_what_people_and_keys_did_it_says_one_by_one_what_they_explained_and_counts_the_rest(event) -> None:
    bob = build.a_provider(event.venue, "Bob")
    desk = api_client(build.a_venue_key(event.venue))
    for number, reason in enumerate(["", "", "a gift"]):
        said = {"asset": "USD", "amount": "10", "reference": f"r{number}", "provider_id": str(bob.id)}
        moved = desk.post("/v1/collateral", {**said, "reason": reason})
        assert moved.status_code == 201, moved.json()
    told = sections("quarterly", "--venue", event.venue.code)
    (explained,) = (row for row in told["Who decided what"] if row["why"] == "a gift")
    assert explained["who"].startswith("key:bs_")
    assert explained["who"].endswith(f"({event.venue})")
    assert {row["what"]: row["how often"] for row in told["What else they did"]}[explained["what"]] == "2"


def test_who_answered_a_claim_of_a_loss_event_is_said_once(travel) -> None:
    venue = claims.a_market(travel)
    cover = claims.insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    key = build.a_provider_key(cover.shares.first().provider)
    assert api_client(key).post(f"/v1/claims/{claim.id}/answer").status_code == 200
    told = sections("default", str(claim.loss_event_id))["Who decided what"]
    assert [row["what"] for row in told if row["who"].startswith("key:")].count("claim_due") == 1


def test_why_an_arbiter_decided_a_claim_as_it_did_is_said(travel) -> None:
    venue = claims.a_market(travel)
    claims.insured(venue)
    close(owing(venue, "1400", "1"))
    claim = say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(10), reason="late")
    said = {"refused": Decimal(10), "reason": "it was late by an hour"}
    perform(decide_claim, actor="user:olivia", venue_id=venue.id, claim_id=claim.id, **said)
    told = sections("default", str(claim.loss_event_id))["Who decided what"]
    assert {row["why"] for row in told if row["what"] == "claim_due"} == {"it was late by an hour"}


def test_drills_are_told_with_how_everybody_did(travel) -> None:
    venue = market.a_market(travel)
    market.a_playbook(venue)
    build.a_provider(venue)
    market.a_drill(venue)
    (drill,) = sections("quarterly", "--venue", venue.code)["Drills"]
    assert drill["state"] == "UNDER_WAY"


def test_the_first_instant_of_a_quarter_is_in_it_and_that_of_the_next_is_not(event) -> None:
    def events_of(opened: datetime) -> int:
        LossEvent.objects.filter(id=event.id).update(opened_at=opened)
        return len(sections("quarterly", "--venue", event.venue.code, "--quarter", "2026-Q3")["Loss events"])

    ends = {"takes_until": datetime(2027, 1, 1, tzinfo=UTC), "final_by": datetime(2028, 1, 1, tzinfo=UTC)}
    LossEvent.objects.update(opened_at=datetime(2026, 1, 1, tzinfo=UTC), **ends)
    assert events_of(datetime(2026, 7, 1, tzinfo=UTC)) == 1
    assert events_of(datetime(2026, 9, 30, 23, 59, 59, 999999, tzinfo=UTC)) == 1
    assert events_of(datetime(2026, 10, 1, tzinfo=UTC)) == 0
    assert events_of(datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)) == 0


@pytest.mark.parametrize(("month", "name"), [(1, "2026-Q1"), (3, "2026-Q1"), (4, "2026-Q2"), (12, "2026-Q4")])
def test_a_quarter_is_three_months(month, name) -> None:
    assert str(Quarter.around(datetime(2026, month, 15, tzinfo=UTC))) == name
    assert Quarter(2026, 4).ends_at == Quarter(2027, 1).starts_at


def test_no_quarter_at_all_is_refused(event) -> None:
    with pytest.raises(CommandError, match="must be such as 2026-Q3"):
        written("quarterly", "--venue", event.venue.code, "--quarter", "third")
    assert str(Quarter.around(clock.now())) in written("quarterly", "--venue", event.venue.code)


def test_what_somebody_wrote_stays_in_its_cell() -> None:
    section = Section("S", ("a", "b"), [("x | y\n| z |", "[link](javascript:x) <b>")])
    (*_, row) = RiskReport("T", {}, [section]).as_markdown().splitlines()
    assert row == "| x \\| y \\| z \\| | \\[link\\](javascript:x) \\<b\\> |"
    assert RiskReport("T", {}, [Section("S", ("a",), [])]).as_markdown().endswith("none")
