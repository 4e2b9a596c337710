"""A provider does not pay what it was called for: accounts of the venue give that instead, and have it back once it
pays late."""

from datetime import datetime, timedelta
from operator import itemgetter

import pytest

from accounts.models import AccountKind, Ground, User
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from auctions.queries.reports.default import report_loss_event
from tests import builders as build
from tests import market
from tests.builders import api_client
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import a_venue, clean, left
from tests.operations.test_move_contribution import contribute
from tests.operations.test_pay_assessment import lose

pytestmark = pytest.mark.django_db


def test_called_overdue_allocated_and_paid_late_to_who_gave(travel) -> None:
    venue = a_venue(travel)
    bob, carol = (build.a_provider(venue, name, collateral="0") for name in ("Bob", "Carol"))
    for provider, amount in ((bob, "30"), (carol, "60")):
        contribute(provider, amount, provider.name)
    build.pay_in(carol, "100")
    desk, robot = api_client(build.a_venue_key(venue)), api_client(build.a_provider_key(bob))
    event = lose(venue, "135", travel)

    # Bob has 5 of 15 that he is called for; at that instant they are taken, and 10 are nobody's.
    (called,) = robot.get("/v1/assessments").json()["data"]
    assert (called["amount"], called["held"], called["owed"], called["state"]) == ("15", "0", "15", "DUE")
    build.pay_in(bob, "5")
    travel.to(datetime.fromisoformat(called["due_by"]))
    market.sweep("expire_assessments")
    overdue = robot.get(f"/v1/assessments/{called['id']}").json()
    assert (overdue["state"], overdue["paid"], overdue["owed"]) == ("OVERDUE", "5", "10")
    User.objects.create(username="olivia")
    assert declare(bob, Ground.ASSESSMENT_OVERDUE).state == "DECLARED"
    clean()

    # The venue allocates 8 of these to an account that gained, and bears 2 itself.
    gained = [{"account": "short-1", "quantity": "100", "profit": "100"}]
    said = {"asset": "USD", "quantity": "8", "accounts": gained, "reference": "rank 11", "reason": "Bob lacks it"}
    assert desk.post(f"/v1/loss-events/{event.id}/allocate-cash", said).status_code == 201
    (fill,) = desk.get("/v1/allocation-fills").json()["data"]
    assert desk.post(f"/v1/allocation-fills/{fill['id']}/confirm").json()["taken"] == "8"
    assert left(venue, AccountKind.LOSSES) == -2
    clean()

    # He pays 4, then the rest: nobody's part first, then the account that gave.
    pay = f"/v1/assessments/{called['id']}/pay"
    assert desk.post(pay).json()["code"] == "collateral_insufficient"
    build.pay_in(bob, "4")
    assert (desk.post(pay).json()["owed"], left(venue, AccountKind.LOSSES)) == ("6", 0)
    build.pay_in(bob, "10")
    assert desk.post(pay).json()["state"] == "PAID"
    path = f"/v1/loss-events/{event.id}"
    recovered = sorted(desk.get(f"{path}/recoveries").json()["data"], key=itemgetter("amount"))  # of one instant
    assert [(each["assessment_id"], each["amount"]) for each in recovered] == [(called["id"], "4"), (called["id"], "6")]
    returns = [desk.get(f"{path}/returns?recovery_id={each['id']}").json()["data"] for each in recovered]
    back = [{share["layer"]: share["amount"] for share in each} for each in returns]
    assert back == [{"UNALLOCATED": "2", "LOSS_ALLOCATION": "2"}, {"LOSS_ALLOCATION": "6"}]
    assert build.provider_account(bob).posted == 4
    clean()

    # All that all paid comes back, and no more.
    said = {"asset": "USD", "amount": "136", "reference": "r", "reason": "the account paid"}
    assert desk.post(f"{path}/recoveries", said).json()["code"] == "recovery_excessive"
    last = desk.post(f"{path}/recoveries", {**said, "amount": "135"}).json()
    back = desk.get(f"{path}/returns?recovery_id={last['id']}").json()["data"]
    by_provider = {each["provider_id"]: each["amount"] for each in back if each["layer"] == "ASSESSMENTS"}
    assert by_provider == {str(bob.id): "15", str(carol.id): "30"}
    clean()


def test_a_deposit_a_second_before_what_is_owed_is_written_off_pays_and_one_after_is_its_own(travel) -> None:
    venue = a_venue(travel)
    bob, carol = (build.a_provider(venue, name, collateral="0") for name in ("Bob", "Carol"))
    for provider, amount in ((bob, "30"), (carol, "60")):
        contribute(provider, amount, provider.name)
    event = lose(venue, "135", travel)

    def called(provider) -> dict:
        (row,) = api_client(build.a_provider_key(provider)).get("/v1/assessments").json()["data"]
        return dict(row)

    travel.to(datetime.fromisoformat(called(bob)["due_by"]))
    market.sweep("expire_assessments")
    write_off_at = datetime.fromisoformat(called(bob)["overdue_at"]) + WRITTEN_OFF_AFTER
    travel.to(write_off_at - timedelta(seconds=1))
    build.pay_in(bob, "16")
    market.sweep("take_overdue")
    assert (called(bob)["state"], build.provider_account(bob).posted) == ("PAID", 1)

    travel.to(write_off_at)
    for stage in ("take_overdue", "write_off_assessments", "disable_providers"):
        market.sweep(stage)
    lost = called(carol)
    assert (lost["state"], lost["paid"], lost["owed"], lost["written_off"]) == ("WRITTEN_OFF", "0", "0", "30")
    build.pay_in(carol, "40")
    assert market.sweep("take_overdue") == 0
    build.pay_in(carol, "-40")
    desk = api_client(build.a_venue_key(venue))
    assert desk.get(f"/v1/providers/{carol.id}").json()["state"] == "SUSPENDED"
    assert left(venue, AccountKind.LOSSES) == -30
    (report,) = [each for each in report_loss_event(event).sections if each.title == "Who was called for"]
    assert [row[6] for row in report.rows] == ["0", "30"]
    clean()
