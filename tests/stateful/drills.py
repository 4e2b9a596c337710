"""Drills beside what is real, in a product group of their own: whatever is done in one changes nothing that is real,
and it ends when a real book of the group arrives."""

from contextlib import contextmanager
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from auctions.desks.drafts import DrillOrder
from auctions.desks.dutch import TakeOrder
from auctions.lifecycle import AuctionState, DrillState, StepKind
from auctions.models import Auction, Drill
from auctions.operations.provider.declare_readiness import declare_readiness
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.open_drill import open_drill
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.stateful.asking import people, refusal
from tests.stateful.model import UNITS

ETHER = market.position("ETH-PERP", "LONG", "10", "200")
PRICE = "200"

units_of_it = st.integers(1, UNITS)


class Drills:
    """What may be done in them, beside a market's own rules."""

    def prepare_drills(self):
        self.ether = build.an_instrument(self.venue, "ETH-PERP", product_group="PRACTICE")

    def mark_ether(self):
        build.a_mark(self.ether, PRICE)

    @contextmanager
    def nothing_real_changes(self):
        before = market.what_is_real(self.venue)
        yield
        assert market.what_is_real(self.venue) == before

    def drills(self):
        return Drill.objects.filter(venue=self.venue, state=DrillState.UNDER_WAY)

    def auctions_of_drills(self, kind):
        drilled = {"step__lot__book__drill__in": self.drills(), "state": AuctionState.OPEN, "closes_at__gt": self.now}
        return list(Auction.objects.filter(kind=kind, **drilled).order_by("opens_at"))

    @rule(cash=st.sampled_from(["300", "-50"]))
    def drill(self, cash):
        is_there = self.drills().exclude(book__state__in=["CLOSED", "WITHDRAWN"]).exists()
        expected = "drill_not_now" if is_there else None
        order = DrillOrder(reference=f"drill-{next(self.names)}", positions=(ETHER,), cash=Decimal(cash))
        with self.nothing_real_changes():
            code = refusal(open_drill, venue_id=self.venue.id, order=order)
        assert code == (expected if self.fresh else "books_refused")

    @precondition(lambda self: self.auctions_of_drills(StepKind.SEALED))
    @rule(who=people, units=units_of_it, edge=st.sampled_from(["0", "40", "150"]))
    def bid_in_a_drill(self, who, units, edge):
        (auction, *_) = self.auctions_of_drills(StepKind.SEALED)
        order = BidOrder(auction.id, f"d{next(self.names)}", units, Decimal(edge), units)
        with self.nothing_real_changes():
            perform(place_bids, key_id=self.keys[who], provider_id=self.people[who].id, orders=[order])

    @precondition(lambda self: self.auctions_of_drills(StepKind.DUTCH))
    @rule(who=people, units=units_of_it, at_once=st.booleans())
    def take_in_a_drill(self, who, units, at_once):
        (auction, *_) = self.auctions_of_drills(StepKind.DUTCH)
        whose = {"key_id": self.keys[who], "provider_id": self.people[who].id, "auction_id": auction.id}
        with self.nothing_real_changes():
            if at_once:
                refusal(take_units, **whose, order=TakeOrder(f"d{next(self.names)}", units))
            else:
                refusal(declare_readiness, **whose, client_bid_id=f"d{next(self.names)}", units=units)

    @precondition(lambda self: self.fresh and self.drills().exists())
    @rule()
    def a_real_book_of_its_group_arrives(self):
        """It goes back at once, and the drill is broken off all the same, as soon as what was awarded is settled."""
        book = market.a_book(self.venue, ETHER, reference=f"ether-{next(self.names)}", cash="3000")
        assert set(self.drills().values_list("real_book", flat=True)) == {book.id}
        market.withdraw(book, "a test")
        for _ in range(2):
            self.sweep()
        assert not self.drills().exists()
