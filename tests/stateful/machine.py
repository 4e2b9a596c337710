"""A market that anything may happen to, in any order, beside a model that says what should have come of it.

Each example has a venue of its own inside the test's transaction, whose clock stands still unless time is let pass. It
is taken back at the end, after everybody has left: then time alone has to bring every book to its end.
"""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import Account
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.keys.revoke_key import revoke_key
from auctions.desks.drafts import BookOrder
from auctions.desks.dutch import TakeOrder
from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind
from auctions.models import (
    AtFault,
    Auction,
    Award,
    Bid,
    Book,
    CutBid,
    FundInventory,
    Markout,
    ProviderFault,
    Readiness,
    Settlement,
    Step,
    Take,
    TakeOver,
)
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.operator.set_breaker import set_breaker
from auctions.operations.provider.cancel_bid import cancel_bid
from auctions.operations.provider.declare_readiness import declare_readiness
from auctions.operations.provider.place_bids import BidOrder, place_bids
from auctions.operations.provider.reconfirm_bid import reconfirm_bid
from auctions.operations.provider.reconfirm_readiness import reconfirm_readiness
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.tasks import STAGES, run_stage
from backstop import clock
from tests import builders as build
from tests import invariants, market
from tests.audited import found_by_audit
from tests.builders import perform
from tests.conftest import Travel
from tests.stateful import model, published
from tests.stateful.asking import PEOPLE, people, places, refusal
from tests.stateful.drills import Drills
from tests.stateful.model import TIMES, UNITS, Offer, Word
from tests.stateful.switches import Switches
from tests.stateful.watch import Watch

PRICES = ["20000", "20100", "19700.5", "20600", "20600.01", "19400", "19399.99"]
POSITION = market.position("BTC-PERP", "LONG", "2", "20000")
KINDS = (StepKind.SEALED, StepKind.DUTCH)
UNDER_WAY = [AuctionState.OPEN, AuctionState.HALTED]
MICROSECOND = timedelta(microseconds=1)
MOST_BOOKS = 3


class Killed(BaseException):
    """The worker is gone."""


class Market(Drills, Switches, RuleBasedStateMachine):
    """One venue, up to three books of 2 BTC beside drills, three providers of one group each."""

    def __init__(self):
        super().__init__()
        self.before = transaction.savepoint()
        self.travel = Travel()
        self.travel.freeze()
        self.offers: list[Offer] = []
        self.words: list[Word] = []
        self.takes: list[Take] = []
        self.names = itertools.count(1)
        self.levels = {}
        self.switches = {}
        self.cash = {}

    @initialize(
        form=st.sampled_from(["UNIFORM", "PAY_AS_BID", "VICKREY"]),
        mode=st.sampled_from(["AUTO", "CONFIRM"]),
        limit=st.sampled_from(["0", "500", "100000"]),
    )
    def open_market(self, form, mode, limit):
        self.venue = build.a_venue(fund="100000")
        self.bitcoin = build.an_instrument(self.venue, "BTC-PERP")
        self.prepare_drills()
        self.mark(PRICES[0])
        build.a_playbook(
            self.venue,
            units_per_lot=UNITS,
            sealed_format=form,
            settlement_mode=mode,
            fund_draw_limit="500",
            fund_inventory_limit=limit,
            max_restarts=model.MAX_RESTARTS,
            contest_seconds=300,
            **TIMES,
        )
        self.people = {name: build.a_provider(self.venue, name, collateral=held) for name, held in PEOPLE.items()}
        for provider in self.people.values():
            build.a_provider_key(provider)
        self.keys = {name: provider.api_keys.get().id for name, provider in self.people.items()}
        self.watch = Watch(self)
        self.receive("3000")
        self.sweep()

    @property
    def now(self):
        return clock.now()

    @property
    def fresh(self):
        return self.now - self.marked_at <= timedelta(seconds=TIMES["mark_max_age_seconds"])

    def free(self, name):
        account = build.provider_account(self.people[name])
        return account.posted - self.held(name)

    def level_of(self, auction):
        """What the breaker has stopped of it."""
        return max(self.levels.get(None, 0), self.levels.get(auction.id, 0))

    def held(self, name):
        """What its live bids hold and what was cut of others, what it is about to settle, and what it let fail."""
        mine = Award.objects.filter(provider=self.people[name], step__lot__book__asset__shadow_of=None)
        awards = mine.aggregate(held=Sum("collateral_held"))["held"]
        live = [one.held for one in self.offers if one.provider == name and one.state == "LIVE"]
        of_books = {"lot__book__asset__shadow_of": None, "state": "LIVE"}
        cut = CutBid.objects.filter(provider=self.people[name], **of_books)
        cut = cut.select_related("waits_in", "bid__auction")
        waiting = [
            model.held_for(model.opened_at_price(one.waits_in or one.bid.auction), one.units, max(-one.edge_bps, 0))
            for one in cut
        ]
        faults = ProviderFault.objects.filter(provider=self.people[name]).values_list("held", flat=True)
        ready = [one.held for one in self.words if one.provider == name]
        return sum([*live, *waiting, *faults, *ready], awards or Decimal(0))

    def auctions(self, *kinds, states=UNDER_WAY):
        """Those of books, and not of drills; what the fund sells nobody bids for."""
        return self.all_auctions(*kinds, states=states, owned_by_fund=False)

    def all_auctions(self, *kinds, states=UNDER_WAY, **owned):
        owned = {f"step__lot__book__{name}": value for name, value in {**owned, "asset__shadow_of": None}.items()}
        return list(
            Auction.objects.filter(kind__in=kinds, state__in=states, **owned).order_by("opens_at", "step__lot__book")
        )

    # Time, marks and workers

    @rule(price=st.sampled_from(PRICES))
    def mark(self, price):
        self.price, self.marked_at = Fraction(price), self.now
        build.a_mark(self.bitcoin, price)
        self.mark_ether()

    @rule(seconds=st.sampled_from([1, 10, 20, 61]))
    def wait(self, seconds):
        self.travel.to(self.now + timedelta(seconds=seconds))

    @precondition(lambda self: self.auctions("SEALED", "DUTCH"))
    @rule(place=places, early=st.booleans(), price=st.sampled_from([None, *PRICES]))
    def wait_for_a_deadline(self, place, early, price):
        """The very end of an auction's window, or the instant before; with a mark of then, or without."""
        auctions = self.auctions("SEALED", "DUTCH")
        moment = auctions[place % len(auctions)].closes_at - (MICROSECOND if early else timedelta())
        if moment > self.now:
            self.travel.to(moment)
        if price:
            self.mark(price)

    @rule()
    def sweep(self):
        with self.watch.sweeping():
            sweep()
        assert all(self.now < auction.closes_at for auction in self.auctions(*KINDS, states=[AuctionState.OPEN]))
        over = [one for one in self.offers if one.state == "LIVE" and one.is_over_before(self.now + MICROSECOND)]
        rounds = {auction.id: auction.round for auction in self.auctions("SEALED")}
        assert all(one.round < rounds[one.auction_id] for one in over)

    @precondition(lambda self: self.auctions("SEALED"))
    @rule(place=places, price=st.sampled_from(PRICES))
    def close(self, place, price):
        """At its deadline with a mark of then, and once more."""
        auctions = self.auctions("SEALED")
        moment = auctions[place % len(auctions)].closes_at
        if moment > self.now:
            self.travel.to(moment)
        self.mark(price)
        self.sweep_a_stage_twice("close_auctions")

    @rule(stage=st.sampled_from(sorted(STAGES)))
    def sweep_a_stage_twice(self, stage):
        with self.watch.sweeping():
            run_stage(stage)
        with self.watch.sweeping():
            run_stage(stage)

    @rule(stage=st.sampled_from(sorted(STAGES)), statement=st.integers(1, 60))
    def a_worker_dies(self, stage, statement):
        """At so many statements into its sweep, or after its last and before it commits."""
        left = itertools.count(statement - 1, -1)

        def execute(run, *statement_and_context):
            if next(left) == 0:
                raise Killed
            return run(*statement_and_context)

        alive = transaction.savepoint()
        try:
            with connection.execute_wrapper(execute):
                run_stage(stage)
        except Killed:
            pass
        finally:
            transaction.savepoint_rollback(alive)

    # Books and their settlement

    @precondition(lambda self: self.fresh)
    @rule(cash=st.sampled_from(["3000", "300", "0", "-500"]))
    def receive(self, cash):
        sent = Book.objects.filter(venue=self.venue, reference__startswith="book-")
        number = min(sent.count() + 1, MOST_BOOKS)
        cash = self.cash.setdefault(number, cash)  # the same again is the same book
        market.a_book(self.venue, POSITION, reference=f"book-{number}", cash=cash)
        assert sent.count() == number

    @rule()
    def sell_what_the_fund_holds(self):
        """All that has come in, once it can be priced."""
        held = FundInventory.objects.filter(venue=self.venue).first()
        coming = held.entries.filter(settlement_sequence=None).aggregate(sum=Sum("quantity"))["sum"] if held else None
        settled = held.quantity - (coming or 0) if held else 0
        expected = None if self.fresh else "mark_stale"
        if not settled:
            expected = "nothing_to_sell"
        reference = f"sale-{next(self.names)}"
        assert refusal(sell_inventory, instrument=self.bitcoin, reference=reference) == expected
        if expected is None:
            assert sum(Book.objects.get(reference=reference).positions.values_list("quantity", flat=True)) == settled
            assert FundInventory.objects.get(venue=self.venue).quantity == (coming or 0)

    @precondition(lambda self: self.awaiting())
    @rule(place=places, answer=st.sampled_from(["confirm", "confirm", "PROVIDER", "VENUE"]))
    def answer_for_a_settlement(self, place, answer):
        settlements = self.awaiting()
        settlement = settlements[place % len(settlements)]
        ids = {"venue_id": self.venue.id, "settlement_id": settlement.id}
        late = self.now >= settlement.confirm_by
        word = self.words_void_by(settlement) if answer == "PROVIDER" and not late else []
        for _ in range(2):  # the second time answers the same
            if answer == "confirm":
                code = refusal(confirm_settlement, **ids)
            else:
                code = refusal(reject_settlement, **ids, reason="a test", fault=AtFault(answer))
            assert code == ("settlement_expired" if late else None)
        for one in word:
            one.state = "VOID"

    def words_void_by(self, settlement):
        """What its taker stands ready for in other auctions of the lot, of which it takes no part any more."""
        who = next(name for name, provider in self.people.items() if provider.id == settlement.award.provider_id)
        lot = Auction.objects.filter(step__lot=settlement.award.step.lot, state__in=UNDER_WAY)
        return [one for auction in lot for one in self.ready_in(auction, who)]

    def awaiting(self):
        rows = Settlement.objects.filter(book__venue=self.venue, state=SettlementState.AWAITING)
        return list(rows.order_by("award__step__due_at", "award__first_unit"))

    # Money and keys

    @rule(who=people, amount=st.sampled_from(["1000", "-1000", "-2999.999999", "-20000"]))
    def move_money(self, who, amount):
        arguments = {"venue_id": self.venue.id, "provider_id": self.people[who].id, "asset": "USD"}
        arguments |= {"amount": Decimal(amount), "reference": f"m{next(self.names)}"}
        expected = "collateral_insufficient" if self.free(who) + Decimal(amount) < 0 else None
        for _ in range(2):  # the same again moves nothing
            assert refusal(move_collateral, **arguments) == expected

    @rule(who=people)
    def change_the_key(self, who):
        revoked = self.people[who].api_keys.get(revoked_at=None)
        build.a_provider_key(self.people[who])
        perform(revoke_key, key=revoked)
        self.keys[who] = self.people[who].api_keys.get(revoked_at=None).id

    # Bids

    @precondition(lambda self: self.auctions("SEALED"))
    @rule(
        who=people,
        place=places,
        units=st.integers(0, UNITS + 1),
        edge=st.sampled_from(["-20", "0", "10", "40", "150", "150.0001", "350", "350.0001"]),
        more=st.integers(-1, 3),
        max_pay=st.sampled_from(["0", "19.9999", "20"]),
        stands_seconds=st.sampled_from([None, None, None, 0, 10, 30, 45]),
    )
    def bid(self, who, place, units, edge, more, max_pay, stands_seconds=None):
        auctions = self.auctions("SEALED")
        auction = auctions[place % len(auctions)]
        held = model.held_for(model.opened_at_price(auction), max(units + more, 0), Decimal(max_pay))
        terms = (who, auction.id, f"b{next(self.names)}", units, Decimal(edge), units + more, Decimal(max_pay))
        expires_at = None if stands_seconds is None else self.now + timedelta(seconds=stands_seconds)
        offer = Offer(*terms, round=auction.round, held=held, placed_at=self.now, expires_at=expires_at)
        expected = self.stands_against(offer, auction)
        (placed,) = self.place(offer)
        assert placed.code == expected
        if placed.code is None:
            offer.bid_id = placed.bid_id
            self.offers.append(offer)

    @precondition(lambda self: self.auctions("SEALED"))
    @rule(place=places, edges=st.lists(st.sampled_from(["10", "150", "150.0001", "350"]), min_size=2, max_size=3))
    def several_bid(self, place, edges):
        for who, edge in zip(sorted(PEOPLE), edges, strict=False):
            self.bid(who, place, UNITS, edge, 0, "0")

    def stands_against(self, offer, auction):
        """What the bid should be refused for; nothing where it should be taken."""
        if auction.state != AuctionState.OPEN or self.now >= auction.closes_at:
            return "auction_not_open"
        if offer.expires_at == self.now:
            return "bid_expired"
        if offer.max_units > auction.units:
            return "units_too_many"
        if offer.units < 1:
            return "units_not_positive"
        if offer.units > offer.max_units:
            return "units_too_many"
        if offer.edge < -offer.max_pay:
            return "payment_above_maximum"
        return "margin_insufficient" if self.free(offer.provider) < offer.held else None

    def place(self, *offers):
        orders = [BidOrder(*one.terms, expires_at=one.expires_at) for one in offers]
        who = offers[0].provider
        return perform(place_bids, key_id=self.keys[who], provider_id=self.people[who].id, orders=orders)

    @precondition(lambda self: self.offers)
    @rule(place=places, more=st.integers(0, 1))
    def bid_again(self, place, more):
        """The same answers the same, and says where it is void; other content under its name is refused."""
        offer = self.offers[place % len(self.offers)]
        again = Offer(**{**vars(offer), "units": offer.units + more, "max_units": offer.max_units + more})
        (placed,) = self.place(again)
        known = (offer.bid_id, "bid_void" if offer.state == "VOID" else None)
        assert (placed.bid_id, placed.code) == ((None, "bid_reused") if more else known)

    @precondition(lambda self: self.offers)
    @rule(place=places, who=st.one_of(st.none(), people))
    def cancel(self, place, who):
        offer = self.offers[place % len(self.offers)]
        who = who or offer.provider
        expected = self.keeps_from_cancelling(offer, who)
        assert refusal(cancel_bid, provider_id=self.people[who].id, bid_id=offer.bid_id) == expected
        if expected is None:
            offer.state = "CANCELLED"

    def keeps_from_cancelling(self, offer, who):
        auction = Auction.objects.get(id=offer.auction_id)
        if who != offer.provider:
            return "bid_unknown"
        if offer.state == "CANCELLED":
            return None
        if offer.state != "LIVE":
            return "bid_not_live"
        if auction.state == AuctionState.OPEN and self.now >= auction.closes_at:
            return "auction_not_open"
        asked_again = auction.state == AuctionState.HALTED or auction.reconfirm_since is not None
        return "bid_firm" if offer.round < auction.round and not asked_again else None

    @precondition(lambda self: self.offers)
    @rule(place=places)
    def reconfirm(self, place):
        offer = self.offers[place % len(self.offers)]
        expected = None if offer.state == "LIVE" else "bid_not_live"
        auction = Auction.objects.get(id=offer.auction_id)
        if auction.state != AuctionState.OPEN or self.now >= auction.closes_at:
            expected = "auction_not_open"
        assert refusal(reconfirm_bid, provider_id=self.people[offer.provider].id, bid_id=offer.bid_id) == expected
        if expected is None:
            offer.must_reconfirm = False

    # What stops a market, and starts it again

    @rule(place=places, level=st.integers(0, 3), whole=st.booleans())
    def set_the_breaker(self, place, level, whole):
        auctions = self.auctions("SEALED", "DUTCH")
        auction_id = None if whole or not auctions else auctions[place % len(auctions)].id
        why = {"level": level, "reason": "a test"}
        perform(set_breaker, venue_id=self.venue.id, auction_id=auction_id, **why)
        self.levels[auction_id] = level
        assert all(each.state == AuctionState.HALTED for each in self.auctions(*KINDS) if self.level_of(each) == 3)

    @precondition(lambda self: self.auctions(*KINDS, states=AuctionState))
    @rule(place=places)
    def restart(self, place):
        auctions = self.auctions(*KINDS, states=AuctionState)
        auction = auctions[-1 - place % len(auctions)]
        expected = self.keeps_from_restarting(auction)
        arguments = {"venue_id": self.venue.id, "auction_id": auction.id, "reason": "a test"}
        assert refusal(restart_auction, **arguments) == expected
        if expected is None:
            self.void(auction)

    def keeps_from_restarting(self, auction):
        over = auction.state == AuctionState.OPEN and self.now >= auction.closes_at
        if over or auction.state not in UNDER_WAY:
            return "auction_not_open"
        if self.level_of(auction) >= model.NO_RESTART:
            return "restart_stopped"
        if auction.restarts >= model.MAX_RESTARTS:
            return "restarts_used_up"
        return None if self.fresh else "mark_stale"

    def void(self, auction):
        """Every bid in it is void, whether or not it was to be reconfirmed."""
        for one in (*self.offers, *self.words):
            if one.auction_id == auction.id and one.state == "LIVE":
                one.state = "VOID"

    @rule(place=places, cash=st.sampled_from([None, "2999", "10", "-400"]))
    def amend_or_withdraw(self, place, cash):
        """With other cash the book is amended, with none it is withdrawn: until its first award."""
        books = list(Book.objects.filter(venue=self.venue, reference__startswith="book-").order_by("reference"))
        book = books[place % len(books)]
        auctions = [one for one in self.auctions(*KINDS) if one.step.lot.book_id == book.id]
        expected = self.keeps_from_amending(book, cash)
        if cash is None:
            code = refusal(withdraw_book, venue_id=self.venue.id, book_id=book.id, reason=f"reason {next(self.names)}")
        else:
            order = BookOrder(book.reference, (POSITION,), cash=Decimal(cash) - next(self.names))
            arguments = {"venue_id": self.venue.id, "order": order, "expected_version": book.version}
            code = refusal(amend_book, book_id=book.id, **arguments)
        assert code == expected
        if expected is None:
            for auction in auctions:
                self.void(auction)

    def keeps_from_amending(self, book, cash):
        if book.state == BookState.WITHDRAWN:
            return "book_withdrawn"
        if Award.objects.filter(step__lot__book=book).exists():
            return "book_awarded"
        return "books_refused" if cash is not None and not self.fresh else None

    # Takes

    @precondition(lambda self: self.auctions("DUTCH", states=AuctionState))
    @rule(who=people, place=places, units=st.integers(0, UNITS), floor=st.sampled_from(["-10", "0", "15", "75", "151"]))
    def take(self, who, place, units, floor):
        auctions = self.auctions("DUTCH", states=AuctionState)
        auction = auctions[-1 - place % len(auctions)]
        lot = auction.step.lot
        left = auction.units - auction.units_taken
        edge = None
        if auction.state == AuctionState.OPEN:
            affordable = model.affordable(lot, self.free_units(lot), self.price)
            edge = model.clock_edge(auction, self.now, min(self.cap_of(auction), affordable))
            reached = CutBid.objects.filter(waits_in=auction, state="LIVE", edge_bps__lte=rounded(edge))
            left -= min(sum(reached.values_list("units", flat=True)), left)
        expected = self.keeps_from_taking(who, auction, min(units, left), units, Decimal(floor), edge)
        order = TakeOrder(f"t{next(self.names)}", units, Decimal(floor))
        arguments = {"key_id": self.keys[who], "provider_id": self.people[who].id}
        arguments |= {"auction_id": auction.id, "order": order}
        assert refusal(take_units, **arguments) == expected
        if expected is None:
            take = perform(take_units, **arguments)  # the same again answers the same
            assert (take.units, Fraction(take.edge_bps)) == (min(units, left), edge)
            self.takes.append(take)
            self.count(take, who)

    def count(self, take, who):
        """A take counts against its taker's word first; nobody stands ready for nothing."""
        left = take.units
        for one in self.ready_in(take.auction, who):
            left -= one.use(left)
        if take.auction.units_left == 0:
            for one in self.ready_in(take.auction):
                one.state = "ENDED"

    def ready_in(self, auction, who=None):
        """Whoever stands ready in it, or one alone, in order."""
        live = [one for one in self.words if one.auction_id == auction.id and one.state == "LIVE"]
        return [one for one in live if who in (None, one.provider)]

    def freed_by(self, auction, who, units):
        """What the taker's word holds less, once so many units count against it."""
        words = [replace(one) for one in self.ready_in(auction, who)]
        held = sum(one.held for one in words)
        for one in words:
            units -= one.use(units)
        return held - sum(one.held for one in words)

    @precondition(lambda self: self.auctions("DUTCH", states=AuctionState))
    @rule(who=people, place=places, units=st.integers(0, UNITS))
    def stand_ready(self, who, place, units):
        auctions = self.auctions("DUTCH", states=AuctionState)
        auction = auctions[-1 - place % len(auctions)]
        word = Word(who, auction.id, f"r{next(self.names)}", units, self.price_in(auction))
        expected = self.keeps_from_standing_ready(word, auction)
        arguments = {"key_id": self.keys[who], "provider_id": self.people[who].id, "auction_id": auction.id}
        arguments |= {"client_bid_id": word.name, "units": units}
        assert refusal(declare_readiness, **arguments) == expected
        if expected is None:
            word.readiness_id = perform(declare_readiness, **arguments).id  # the same again answers the same
            self.words.append(word)

    def price_in(self, auction):
        """The one in force, and that of the opening where there is none."""
        return self.price if self.fresh else model.opened_at_price(auction)

    def keeps_from_standing_ready(self, word, auction):
        if auction.state != AuctionState.OPEN or self.now >= auction.closes_at:
            return "auction_not_open"
        if self.is_at_fault(word.provider, auction):
            return "provider_excluded"
        if word.units < 1:
            return "units_not_positive"
        if word.units > auction.units_left - sum(one.units for one in self.ready_in(auction, word.provider)):
            return "units_too_many"
        return "margin_insufficient" if self.free(word.provider) < word.held else None

    def is_at_fault(self, who, auction):
        """Whether it let a settlement of the lot fail: it takes no part any more."""
        mine = Settlement.objects.filter(award__provider=self.people[who], fault=AtFault.PROVIDER)
        return mine.filter(award__step__lot=auction.step.lot).exists()

    @precondition(lambda self: self.words)
    @rule(place=places)
    def stand_by_it(self, place):
        word = self.words[place % len(self.words)]
        auction = Auction.objects.get(id=word.auction_id)
        is_open = auction.state == AuctionState.OPEN and self.now < auction.closes_at
        whose = {"venue_id": self.venue.id, "provider_id": self.people[word.provider].id, "auction_id": auction.id}
        assert refusal(reconfirm_readiness, **whose) == (None if is_open else "auction_not_open")
        if is_open:
            for one in self.ready_in(auction, word.provider):
                one.must_reconfirm = False

    def cap_of(self, auction):
        """The full one where it is contested: judged once, after a quarter of its time, by who has taken."""
        contested = auction.contested
        if contested is None and model.runs_for(auction, self.now) >= Fraction(auction.ready_seconds):
            at_fault = Settlement.objects.filter(award__step__lot=auction.step.lot, fault=AtFault.PROVIDER)
            takes = auction.takes.exclude(provider__in=at_fault.values("award__provider"))
            acts = list(takes.values_list("provider", "units"))
            acts += [(self.people[one.provider].id, one.units) for one in self.ready_in(auction) if one.counts]
            contested = model.competes(acts, auction.units - auction.units_taken)
        full = Fraction(auction.reserve_edge_bps)
        return full if contested else min(full, Fraction(auction.uncontested_cap_bps))

    def free_units(self, lot):
        """What nobody has, or is about to get: what was rejected is free again."""
        failed = [SettlementState.REJECTED, SettlementState.EXPIRED]
        awards = Award.objects.filter(step__lot=lot).exclude(settlement__state__in=failed)
        return UNITS - sum(awards.values_list("units", flat=True))

    def keeps_from_taking(self, who, auction, units, asked, floor, edge):
        """What the take should be refused for, in this order; nothing where it should be made."""
        if auction.state != AuctionState.OPEN or self.now >= auction.closes_at:
            return "auction_not_open"
        if self.is_at_fault(who, auction):
            return "provider_excluded"
        if asked < 1:
            return "units_not_positive"
        if not self.fresh:
            return "mark_stale"
        if not units:
            return "auction_not_open"  # what is left is for bids that were cut back
        if edge < floor:
            return "edge_below_floor"
        free = self.free(who) + self.freed_by(auction, who, units)
        return "margin_insufficient" if free < model.margin_of(units, self.price) else None

    # What is true all the time, and in the end

    @rule()
    def read_what_is_published(self):
        published.tells_everything()

    @invariant()
    def bids_are_as_the_model_says(self):
        real = Bid.objects.filter(auction__step__lot__book__asset__shadow_of=None)
        rows = {row.id: (row.state, row.held) for row in real}
        assert rows == {one.bid_id: (one.state, one.held if one.state == "LIVE" else Decimal(0)) for one in self.offers}

    @invariant()
    def readiness_is_as_the_model_says(self):
        real = Readiness.objects.filter(auction__step__lot__book__asset__shadow_of=None)
        rows = {row.id: (row.state == "LIVE", row.held) for row in real}
        assert rows == {one.readiness_id: (one.state == "LIVE", one.held) for one in self.words}

    @invariant()
    def everybody_holds_what_the_model_says(self):
        for name, provider in getattr(self, "people", {}).items():
            account = build.provider_account(provider)
            assert account.held == self.held(name) <= account.posted

    @invariant()
    def nothing_was_parked(self):
        for rows in (Book, Step, Auction, Settlement, ProviderFault, TakeOver, Markout):
            assert not rows.objects.exclude(parked_reason="").exists()

    @invariant()
    def money_neither_comes_nor_goes(self):
        assert not Account.objects.values("asset").annotate(sum=Sum("posted")).exclude(sum=0).exists()

    def teardown(self):
        try:
            if hasattr(self, "people"):
                self.let_time_pass()
        finally:
            transaction.savepoint_rollback(self.before)

    def let_time_pass(self):
        """Nobody bids, takes, marks or confirms any more: everything ends all the same."""
        invariants.hold()
        published.tells_everything()
        for _ in range(60):
            if not Book.objects.exclude(state__in=[BookState.CLOSED, BookState.WITHDRAWN]).exists():
                break
            self.wait(121)
            self.sweep()
        invariants.everything_ended()
        self.nothing_was_parked()
        published.tells_everything()
        connection.check_constraints()
        assert found_by_audit() == []
        for book in Book.objects.filter(state=BookState.CLOSED, owned_by_fund=False):
            sold = Award.objects.filter(step__lot__book=book, settlement__state=SettlementState.SETTLED)
            assert sold.aggregate(units=Sum("units"))["units"] == UNITS


def sweep():
    """Until nothing is left to do at this instant; a halted auction is due again and again."""
    _close()
    while market.sweep(*(stage for stage in STAGES if stage != "close_auctions")):
        _close()


def rounded(edge):
    """An edge of four decimals as the database compares it."""
    return Decimal(edge.numerator) / Decimal(edge.denominator)


def _close():
    """Twice: what resumes may be over."""
    run_stage("close_auctions")
    run_stage("close_auctions")
