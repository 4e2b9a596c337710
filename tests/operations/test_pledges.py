"""What insurers have held for covers: what these may have to pay, whatever happens; what they lack of it is said."""

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from accounts.models import Account, AccountKind, Claim, Cover, CoverShare, Provider
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.covers.give_notice import give_notice
from backstop import clock
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.claims import a_market, insured, say
from tests.operations.test_covered_limits import DAY, move, moving, opened, stress
from tests.operations.test_loss_sharing import a_venue, clean, close, owing
from tests.operations.test_rate_provider import note

pytestmark = pytest.mark.django_db


def hardly_funded(venue) -> tuple[Cover, Provider]:
    """Of 3,600 a tenth is held of its one insurer, which has no more."""
    cover = insured(venue, (10000,), funding_rate=Decimal("0.1"))
    insurer = cover.shares.get().provider
    move(insurer, "-9640", "out")
    return cover, insurer


def test_what_a_claim_takes_of_a_pledge_is_lacking_and_told(travel) -> None:
    """It pays 288 of the 360 that are held; a tenth of 3,600 is asked for again, which it may have to pay next."""
    venue = a_market(travel)
    cover, insurer = hardly_funded(venue)
    close(owing(venue, "1400", "1"))
    say(answer_claim, Claim.objects.get())
    share = cover.shares.get()
    assert (share.paid, share.held, share.lacking) == (288, 72, 288)
    told = Event.objects.filter(kind="cover_pledged").latest("id")
    assert (told.provider_id, told.payload["held"], told.payload["lacking"]) == (insurer.id, "72", "288")
    shown = build.api_client(build.a_venue_key(venue)).get(f"/v1/covers/{cover.id}").json()["pledges"]
    assert [(each["held"], each["lacking"]) for each in shown] == [("72", "288")]
    clean()


@pytest.mark.parametrize(("paid_in", "lacking"), [("287.999999", "0.000001"), ("288", "0"), ("300", "0")])
def test_what_it_pays_in_is_held_by_the_next_day_and_no_more(travel, paid_in, lacking) -> None:
    venue = a_market(travel)
    cover, insurer = hardly_funded(venue)
    close(owing(venue, "1400", "1"))
    say(answer_claim, Claim.objects.get())
    move(insurer, paid_in, "in")
    travel.to(cover.premium.due_at)
    market.sweep("charge_premiums")
    share = cover.shares.get()
    assert (share.held, share.lacking) == (360 - Decimal(lacking), Decimal(lacking))
    clean()


def runs_off(travel) -> tuple[Cover, Provider]:
    """While another event is open, which it may have to pay; of 360 it lacks 288."""
    venue = a_market(travel)
    cover, insurer = hardly_funded(venue)
    close(owing(venue, "1400", "1"))
    say(answer_claim, Claim.objects.get())
    perform(give_notice, venue_id=venue.id, provider_id=None, cover_id=cover.id, reason="enough")
    cover.refresh_from_db()
    travel.to(cover.ends_at)
    market.sweep("charge_premiums", "end_covers", "charge_premiums")
    cover.refresh_from_db()
    assert (cover.state, cover.shares.get().lacking) == ("RUNOFF", 288)
    return cover, insurer


@pytest.mark.parametrize(("paid_in", "lacking"), [("0.000001", "287.999999"), ("288", "0"), ("300", "0")])
def test_what_an_insurer_of_a_cover_that_runs_off_pays_in_is_held_at_the_next_sweep_and_once(
    travel, paid_in, lacking
) -> None:
    cover, insurer = runs_off(travel)
    assert market.sweep("charge_premiums") == 0, "nothing is there"
    move(insurer, paid_in, "in")
    assert market.sweep("charge_premiums") == 1
    share = cover.shares.get()
    assert (share.held, share.lacking) == (360 - Decimal(lacking), Decimal(lacking))
    assert market.sweep("charge_premiums") == 0, "all that is there is held, or nothing is lacking"
    clean()


@pytest.mark.parametrize("collateral", ["10000", "2000"])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_pledges_are_what_covers_may_have_to_pay_at_every_commit(travel, collateral, seed) -> None:
    """Or who lacks of it had no more as it began to."""
    chance = Random(seed)
    said = {"stressed_spread_bps": "50", "dwell_seconds": 0, "max_gap_seconds": 10**7}
    venue = a_venue(travel, fund="10000", fund_draw_limit="0", **said)
    cover = moving(venue, collateral="10000", notice_seconds=3600, answer_seconds=2 * DAY, funding_rate="0.5")
    insurers = [share.provider for share in cover.shares.all()]
    for insurer in insurers:
        move(insurer, str(Decimal(collateral) - 10_001), f"{insurer} keeps so much")
    for step in range(20):
        travel(seconds=chance.choice([60, 1800, 3600, DAY / 2]))
        before = _lacking()
        match chance.randrange(9):
            case 0 | 1:
                stress(venue, calm=chance.random() < 0.5)
            case 2:
                note(chance.choice(insurers), chance.choice("135"), expires=chance.choice([1800, DAY]))
                market.sweep("charge_premiums")
            case 3 | 4:
                opened(venue, f"account-{step}", chance.choice(["0", "1400", "4500"]))
            case 5:
                market.sweep("charge_premiums", "settle_claims", "end_loss_events", "end_covers")
            case 6:
                with suppress(DomainError):
                    move(chance.choice(insurers), chance.choice(["-900", "-50", "300"]), f"move-{step}")
            case 7:
                _argue(chance)
            case _ if step > 12:
                perform(give_notice, venue_id=venue.id, provider_id=None, cover_id=cover.id, reason="enough")
            case _:
                for claim in Claim.objects.filter(state="HELD", answer_by__gt=clock.now()):
                    say(answer_claim, claim)
        clean()
        assert not {each: free for each, free in _free().items() if free and _lacking()[each] > before[each]}


def _argue(chance: Random) -> None:
    """Of what is held half is disputed, and of what is disputed all refused, or nothing."""
    for claim in Claim.objects.filter(state="HELD", answer_by__gt=clock.now(), insured__gt=1):
        say(dispute_claim, claim, disputed_amount=Decimal(int(claim.insured / 2)), reason="not this")
    for claim in Claim.objects.filter(state="DISPUTED", decide_by__gt=clock.now()):
        refused = chance.choice([Decimal(0), claim.disputed_amount])
        say(decide_claim, claim, refused=refused, reason="so it is")


def _lacking() -> dict[object, Decimal]:
    return dict(CoverShare.objects.values_list("provider", "lacking"))


def _free() -> dict[object, Decimal]:
    own = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=_lacking())
    return {account.provider_id: account.posted - account.held for account in own}
