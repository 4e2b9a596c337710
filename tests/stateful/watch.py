"""Watches what a sweep made of each auction, and holds it against the model: who may win, and who has to."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction

from django.db.models import Sum

from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Award, Bid, CutBid, Readiness, Take, Transcript
from tests.stateful import model
from tests.stateful.model import TIMES, UNITS

MICROSECOND = timedelta(microseconds=1)

ENDED = (AuctionState.AWARDED, AuctionState.UNFILLED, AuctionState.WITHDRAWN)


class Watch:
    """Compares every auction before and after."""

    def __init__(self, market):
        self.market = market

    @contextmanager
    def sweeping(self):
        """Around a sweep, for which the clock stands still."""
        before = self._auctions()
        sealed = [was for was in before.values() if was.kind == StepKind.SEALED and was.state not in ENDED]
        self.reserves = {was.id: self._reserve(was) for was in sealed}  # before anything of them is awarded
        yield
        after = self._auctions()
        for key, was in before.items():
            self._compare(was, after[key])
        self.market.forget_what_tripped()

    def _auctions(self):
        real = Auction.objects.filter(venue=self.market.venue, step__lot__book__asset__shadow_of=None)
        rows = real.select_related("step__lot")
        return {auction.id: auction for auction in rows}

    def _compare(self, was, now_is):
        here = self.market
        self._take_back_what_is_over(was, now_is)
        if was.state in ENDED:
            assert (was.state, was.units_taken, was.round) == (now_is.state, now_is.units_taken, now_is.round)
        elif now_is.restarts > was.restarts:
            assert here.fresh
            assert self._is_deserted(was)
            assert (now_is.restarts, now_is.state) == (was.restarts + 1, AuctionState.OPEN)
            assert now_is.restarts <= model.MAX_RESTARTS
            assert here.level_of(was) < model.NO_RESTART
            here.void(was)
        elif now_is.state in ENDED:
            self._ended(was, now_is)
        elif now_is.state == AuctionState.HALTED:
            assert was.state == AuctionState.HALTED or not here.fresh
        elif now_is.round > was.round:
            assert (now_is.round, was.kind) == (was.round + 1, StepKind.SEALED)
            assert now_is.closes_at == here.now + timedelta(seconds=TIMES["reopening_seconds"])
            assert here.level_of(was) < model.NO_RESTART
            self._void_what_does_not_count(was)
            assert not model.competing(self._live(was), self.reserves[was.id])
        elif was.state == AuctionState.HALTED:
            self._resumed(was, now_is)
        else:
            assert (was.state, was.round, was.closes_at) == (now_is.state, now_is.round, now_is.closes_at)

    def _resumed(self, was, now_is):
        """The deadline is later by as long as it stood; after a long halt everybody is asked again."""
        here = self.market
        assert here.fresh
        assert here.level_of(was) < model.NO_BIDS
        stood = here.now - was.halted_at
        closes_at = was.closes_at + stood
        if stood > timedelta(seconds=TIMES["reconfirm_after_seconds"]):
            closes_at = max(closes_at, here.now + timedelta(seconds=TIMES["reconfirm_seconds"]))
            for one in [*self._live(was), *here.ready_in(was)]:
                one.must_reconfirm = True
        assert now_is.closes_at == closes_at

    def _take_back_what_is_over(self, was, now_is):
        """What is gone without its provider's hand: its time was over before another round, or its provider silent."""
        states = dict(Bid.objects.filter(auction=was).values_list("id", "state"))
        for one in self._live(was):
            if states[one.bid_id] == "CANCELLED":
                is_over = one.round == was.round and one.is_over_before(self.market.now + MICROSECOND)
                assert is_over or any(self.market.is_silent_in(one, auction) for auction in (was, now_is))
                one.state = "CANCELLED"

    def _void_what_does_not_count(self, was):
        for one in self._live(was):
            if not self._counts(one, was):
                one.state = "VOID"

    def _counts(self, one, was):
        """Whether it counts at a close now: reconfirmed where it has to be, not over before the window was, and none of
        whom nothing more was heard."""
        stood = self.market.now - was.halted_at if was.state == AuctionState.HALTED else timedelta(0)
        is_over = one.round == was.round and one.is_over_before(was.closes_at + stood)
        return not one.must_reconfirm and not is_over and not self.market.is_silent_in(one, was)

    def _ended(self, was, now_is):
        if was.kind == StepKind.SEALED:
            self._sealed(was, now_is)
        else:
            self._dutch(was, now_is)
            assert now_is.state == (AuctionState.AWARDED if now_is.units_taken else AuctionState.UNFILLED)

    def _dutch(self, was, now_is):
        """What was left went to those who stood ready, whoever came first, as far as they still stand by it."""
        here = self.market
        words = here.ready_in(was)
        given = dict(Readiness.objects.filter(auction=was, take__isnull=False).values_list("id", "take__units"))
        cut = CutBid.objects.filter(waits_in=was)
        by_themselves = sum(cut.filter(state="TAKEN").values_list("take__units", flat=True))
        left, sold = was.units - was.units_taken, now_is.units_taken - was.units_taken
        assert sum(given.values()) <= sold <= min(left, sum(given.values()) + by_themselves)
        stood = was.halt_ends_at is not None and here.now >= was.halt_ends_at
        decided = here.fresh and not stood and was.state == AuctionState.OPEN
        covered = not cut.exists()
        for one in words:
            stands = decided and one.stands_at(here.price)
            most = min(one.units, left) if stands else 0
            got = given.get(one.readiness_id, 0)
            assert got == most if covered else got <= most
            left -= got
            one.state = "ENDED" if stands or not decided else "VOID"
        for take in Take.objects.filter(readiness__auction=was):
            full = now_is.reserve_edge_bps
            assert take.edge_bps <= (full if now_is.contested else min(full, now_is.uncontested_cap_bps))

    def _sealed(self, was, now_is):
        """Everybody bid under one roof: the units go to the cheapest that may win, as far as they reach."""
        undecidable = self._undecidable(was)
        if not undecidable:
            self._void_what_does_not_count(was)
        live, won = self._live(was), self._won(was)
        self._decided(live, won)
        edges = {one.bid_id: one.edge for one in live}
        if undecidable or now_is.unfilled_reason:
            assert not won
            assert undecidable or was.format == "VICKREY", now_is.unfilled_reason
            return
        reserve = self.reserves[was.id]
        contested = model.competing(live, reserve)
        stopped = self.market.level_of(was) >= model.NO_RESTART
        assert contested or was.round > 1 or stopped, "without competition it should have been reopened"
        if not contested:
            reserve = min(reserve, Fraction(model.UNCONTESTED_CAP))
        able = [one for one in live if one.edge <= reserve]
        cut = self._cut(was)
        assert sum(won.values()) + sum(cut.values()) == min(UNITS, sum(one.units for one in able))
        self._no_dearer(was, able, won, reserve)
        assert set(won) <= {one.bid_id for one in able}
        for one in able:
            assert won[one.bid_id] <= one.units
            assert won[one.bid_id] + cut[one.bid_id] <= one.units
            if won[one.bid_id] < one.units:  # somebody who offered less, or as much, took the rest
                assert all(edges[other] <= one.edge for other in won)
        for award in Award.objects.filter(bid__in=won):
            assert edges[award.bid_id] <= award.edge_bps <= reserve
            if was.format == "PAY_AS_BID":
                assert edges[award.bid_id] == award.edge_bps
            elif was.format == "UNIFORM":
                assert award.edge_bps == max(edges[other] for other in won)

    def _cut(self, was):
        """How many units of each bid were cut back; those that were kept firm are no more."""
        document = Transcript.objects.get(auction=was).document
        places = dict(enumerate(Bid.objects.filter(auction=was).order_by("created_at", "sequence"), 1))
        cut = Counter({places[each["sequence"]].id: each["units"] for each in document["outcome"]["cut"]})
        kept = CutBid.objects.filter(bid__auction=was).values_list("bid", "units")
        assert all(units <= cut[bid] for bid, units in kept)
        return cut

    def _no_dearer(self, was, able, won, reserve):
        """Where all bid at once, no way to stop at an edge has a lower bill, units that are left at the cut edge."""
        if was.format != "UNIFORM" or was.round > 1 or not able:
            return
        left_at = min(reserve, Fraction(was.continuation_edge_bps))
        asked = sorted(one.edge for one in able for _ in range(one.units))[: was.units]
        stops = [n for n in range(len(asked) + 1) if n in (0, len(asked)) or asked[n - 1] < asked[n]]
        bills = {n: n * Fraction(asked[n - 1] if n else 0) + (was.units - n) * left_at for n in stops}
        assert bills[sum(won.values())] == min(bills.values())

    def _undecidable(self, was):
        """Whether nothing may be sold: marks are stale or left none of the bids, or it stood still for too long."""
        stood = was.halt_ends_at is not None and self.market.now >= was.halt_ends_at
        return stood or not self.market.fresh or self._is_deserted(was)

    def _is_deserted(self, was):
        """Whether marks moved further than any bid allows, of those that still count."""
        return model.drifted(was, self.market.price) and any(self._counts(one, was) for one in self._live(was))

    def _decided(self, live, won):
        """What the model now knows of these bids: each won or lost, for good."""
        states = dict(Bid.objects.filter(auction__in={one.auction_id for one in live}).values_list("id", "state"))
        for one in live:
            assert states[one.bid_id] == ("WON" if won[one.bid_id] else "LOST")
            one.state = states[one.bid_id]

    def _live(self, auction):
        return [one for one in self.market.offers if one.auction_id == auction.id and one.state == "LIVE"]

    def _won(self, auction):
        rows = Award.objects.filter(bid__auction=auction).values_list("bid").annotate(Sum("units"))
        return Counter(dict(rows))

    def _reserve(self, was):
        affordable = model.affordable(was.step.lot, was.units, self.market.price)
        return min(Fraction(was.reserve_edge_bps), affordable)
