"""What a transcript's verification finds: each way to cheat is caught, by the venue itself too where a receipt exists.

The venue can sign whatever it likes; a stranger cannot. So what is changed is signed again in these tests, unless it is
about the signature.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.lifecycle import BidState
from auctions.rules.clearing import Format, PriceRule, Rationing
from auctions.rules.editions import EDITIONS, transcript_of
from auctions.rules.receipts import Entry, receipt_for
from auctions.rules.transcript import (
    DecidedAward,
    NotCounted,
    OpenedBid,
    SealedTerms,
    TranscriptDocument,
)
from auctions.rules.verification import differences
from tests.rules.sealed import AUCTION, KEY, OPENED_AT, OTHER_KEY, TERMS, entries, opened, sealed_again, signed

# 60 + 60 units within the reserve for 100: Alice 60, Bob 40, both at Bob's edge. Charlie took his bid back.
ALICE = opened(1, "Alice", 60, "10")
CHARLIE = opened(2, "Charlie", 60, "5", state="CANCELLED")
BOB = opened(3, "Bob", 60, "20.5")
DORA = opened(4, "Dora", 70, "30", tier=2)
BIDS = [ALICE, CHARLIE, BOB, DORA]
HONEST = signed(BIDS)
RECEIPT = receipt_for(entries(ALICE, CHARLIE), KEY)
MICROSECOND = timedelta(microseconds=1)


def found(transcript: TranscriptDocument, *receipts: object, keys: tuple[bytes, ...] = (KEY.public_key,)) -> list[str]:
    return list(differences(transcript, receipts, keys))  # type: ignore[arg-type]


def missing(bid: OpenedBid) -> str:
    return f"a bid is missing, or another, though receipt 1 promises it: {bid.digest.hex()}"


def again(change: Callable[[OpenedBid], OpenedBid], sequence: int) -> TranscriptDocument:
    """The transcript signed again with one bid changed, decided as it honestly was."""
    bids = [change(bid) if bid.sequence == sequence else bid for bid in HONEST.bids]
    return transcript_of(AUCTION, TERMS, bids, HONEST.outcome, KEY)


def outcome_with(**changes: object) -> TranscriptDocument:
    return transcript_of(AUCTION, TERMS, HONEST.bids, replace(HONEST.outcome, **changes), KEY)


def test_an_honest_transcript_holds_and_keeps_its_receipts() -> None:
    assert found(HONEST) == []
    assert found(HONEST, RECEIPT, receipt_for(entries(DORA), KEY)) == []
    assert [(award.sequence, award.units, award.edge_bps) for award in HONEST.outcome.awards] == [
        (1, 60, Decimal("20.5")),
        (3, 40, Decimal("20.5")),
    ]


class TestBids:
    def test_a_changed_edge_is_not_what_the_digest_stands_for(self) -> None:
        cheaper = replace(BOB.offer, edge_bps=Decimal(20))
        forged = again(lambda bid: replace(bid, offer=cheaper), 3)
        assert found(forged)[0] == "bid 3 is not what its digest stands for"

    def test_a_changed_edge_with_a_digest_of_its_own_is_not_what_the_receipt_promises(self) -> None:
        dearer = replace(ALICE, offer=replace(ALICE.offer, edge_bps=Decimal(40)))
        forged = signed([sealed_again(dearer), *BIDS[1:]])
        assert found(forged) == []
        assert found(forged, RECEIPT) == [missing(ALICE)]

    @pytest.mark.parametrize(
        "change",
        [
            *({"provider": "0" * 16}, {"salt": bytes(32)}, {"max_units": 61}, {"max_drift_bps": Decimal(5)}),
            {"expires_at": OPENED_AT},
        ],
    )
    def test_whose_bid_it_is_and_its_salt_and_maxima_are_what_the_digest_stands_for(self, change: dict) -> None:
        assert found(again(lambda bid: replace(bid, **change), 4)) == ["bid 4 is not what its digest stands for"]

    @pytest.mark.parametrize(
        ("drift", "lines"), [("300", []), ("300.0001", ["bid 2 counts, and marks had moved further than it allows"])]
    )
    def test_a_bid_counts_as_far_as_marks_may_drift_for_it_and_no_further(self, drift: str, lines: list[str]) -> None:
        bob = sealed_again(replace(BOB, max_drift_bps=Decimal(300)))
        assert found(signed([ALICE, bob], replace(TERMS, drift_bps=Decimal(drift)))) == lines

    def test_a_bid_that_is_dropped_though_its_receipt_exists_is_missing(self) -> None:
        forged = signed([bid for bid in BIDS if bid is not ALICE])
        assert found(forged) == []
        assert found(forged, RECEIPT) == [missing(ALICE)]

    def test_a_cancelled_bid_may_not_be_dropped_either(self) -> None:
        forged = signed([bid for bid in BIDS if bid is not CHARLIE])
        assert found(forged, RECEIPT) == [missing(CHARLIE)]

    def test_a_bid_that_is_added_later_does_not_fit_the_root_and_the_signature(self) -> None:
        late = opened(5, "Eve", 100, "1", counted_units=0, not_counted=NotCounted.EXCLUDED)
        forged = replace(HONEST, bids=(*HONEST.bids, late))
        assert found(forged) == [
            "the root is not the root of the bids",
            "the signature does not fit: something was changed after the transcript was signed",
        ]

    def test_another_order_is_not_that_of_the_sequences(self) -> None:
        first, second, *others = HONEST.bids
        forged = replace(HONEST, bids=(second, first, *others))
        assert found(forged)[0] == "bid 1 stands after bid 2: they are not in order of sequence"
        assert "the root is not the root of the bids" in found(forged)

    def test_a_time_that_is_exchanged_is_not_what_the_receipt_promises(self) -> None:
        charlie = replace(CHARLIE, received_at=ALICE.received_at)
        forged = signed([replace(ALICE, received_at=CHARLIE.received_at), charlie, BOB, DORA])
        assert found(forged) == []
        assert found(forged, RECEIPT) == [
            "bid 2 does not stand where receipt 1 promises it",
            "bid 1 does not stand where receipt 1 promises it",
        ]

    def test_time_never_falls_and_equal_times_stand_in_either_order(self) -> None:
        assert found(again(lambda bid: replace(bid, received_at=ALICE.received_at), 2)) == []
        early = again(lambda bid: replace(bid, received_at=BIDS[0].received_at - MICROSECOND), 2)
        assert found(early) == ["bid 2 stands after bid 1, and was received before it"]
        assert (
            found(again(lambda bid: replace(bid, received_at=None), 2))[0] == "bid 2 does not say when it was received"
        )

    @pytest.mark.parametrize("gap", [1, 7])
    def test_places_have_no_gap_that_would_tell_of_other_auctions(self, gap: int) -> None:
        forged = again(lambda bid: replace(bid, sequence=4 + gap), 4)
        assert found(forged)[0] == f"bid {4 + gap} stands in place 4"

    def test_the_same_bid_twice_is_found(self) -> None:
        forged = transcript_of(AUCTION, TERMS, [*HONEST.bids, HONEST.bids[3]], HONEST.outcome, KEY)
        assert found(forged)[0] == "bid 4 stands after bid 4: they are not in order of sequence"
        renamed = replace(HONEST.bids[3], sequence=5)
        again_signed = transcript_of(AUCTION, TERMS, [*HONEST.bids, renamed], HONEST.outcome, KEY)
        assert "bid 5 stands here twice" in found(again_signed)

    @pytest.mark.parametrize("units", [0, 59, 61])
    def test_a_bid_counts_with_all_its_units(self, units: int) -> None:
        assert found(again(lambda bid: replace(bid, counted_units=units), 1))[0] == (
            f"bid 1 counts with {units} of 60 units"
        )

    @pytest.mark.parametrize(("units", "differs"), [(0, True), (1, False), (60, False), (61, True)])
    def test_a_commitments_bid_counts_with_one_unit_at_least_and_at_most_all(self, units: int, differs: bool) -> None:
        firm = replace(ALICE, is_commitment=True, counted_units=units)
        assert bool(found(signed([firm, *BIDS[1:]]))) == differs

    def test_a_bid_whose_seal_was_broken_is_not_opened_and_does_not_count(self) -> None:
        broken = replace(DORA, offer=None, state="VOID", counted_units=0, not_counted=NotCounted.VOID)
        assert found(signed([ALICE, CHARLIE, BOB, broken])) == []
        counting = signed([ALICE, CHARLIE, BOB, replace(DORA, offer=None)])
        assert found(counting) == ["bid 4 is not opened, and yet it counts"]

    def test_an_offer_that_cannot_be_sealed_is_named(self) -> None:
        odd = replace(DORA.offer, edge_bps=Decimal("30.00001"))
        forged = again(lambda bid: replace(bid, offer=odd), 4)
        assert found(forged)[0] == "bid 4 could not have been sealed: edge_bps must have at most 4 decimals"


class TestOutcome:
    def test_a_wrong_award_is_not_what_the_rules_decide(self) -> None:
        first, second = HONEST.outcome.awards
        more = outcome_with(awards=(replace(first, units=59, given_units=59), replace(second, units=41)))
        assert found(more)[0] == (
            "the transcript awards 59 units at 20.5 bps to bid 1, and by the rules it is 60 units at 20.5 bps to bid 1"
        )
        dearer = outcome_with(awards=(first, replace(second, edge_bps=Decimal(21))))
        assert found(dearer) == [
            "the transcript awards 40 units at 21 bps to bid 3, and by the rules it is 40 units at 20.5 bps to bid 3"
        ]
        missing = outcome_with(awards=(first,))
        assert found(missing)[0] == (
            "the transcript awards nothing, and by the rules it is 40 units at 20.5 bps to bid 3"
        )
        extra = outcome_with(awards=(first, second, DecidedAward(4, 1, Decimal("20.5"), 1)))
        assert found(extra)[0] == ("the transcript awards 1 units at 20.5 bps to bid 4, and by the rules it is nothing")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("contested", False),
            ("clearing_edge_bps", Decimal(30)),
            ("unfilled_units", 1),
            ("optimal", False),
            ("gap", Decimal(1)),
            ("payments", {}),
            ("undecided", "the venue did not like it"),
        ],
    )
    def test_every_part_of_the_outcome_is_computed_again(self, name: str, value: object) -> None:
        (difference,) = found(outcome_with(**{name: value}))
        assert difference.startswith(f"the outcome has {name} as ")

    @pytest.mark.parametrize(("given_units", "differs"), [(-1, True), (0, False), (40, False), (41, True)])
    def test_collateral_may_cover_none_or_all_of_an_award_and_no_more(self, given_units: int, differs: bool) -> None:
        first, second = HONEST.outcome.awards
        outcome = replace(HONEST.outcome, awards=(first, replace(second, given_units=given_units)))
        state = BidState.WON.value if given_units else BidState.LOST.value
        bids = [replace(bid, state=state) if bid.sequence == 3 else bid for bid in HONEST.bids]
        assert bool(found(transcript_of(AUCTION, TERMS, bids, outcome, KEY))) == differs

    @pytest.mark.parametrize(
        ("sequence", "state", "difference"),
        [
            (1, "LOST", "bid 1 is LOST, and by the awards it is WON"),
            (4, "WON", "bid 4 is WON, and by the awards it is LOST"),
            (4, "LIVE", "bid 4 is LIVE, and by the awards it is LOST"),
            (1, "CANCELLED", "bid 1 is CANCELLED, and yet it counts"),
            (2, "VOID", "bid 2 is VOID, and yet it counts"),
            (2, "LOST", "bid 2 is LOST, and yet left out as CANCELLED"),
        ],
    )
    def test_a_state_that_does_not_follow_from_the_awards_is_named(
        self, sequence: int, state: str, difference: str
    ) -> None:
        assert found(again(lambda bid: replace(bid, state=state), sequence)) == [difference]

    def test_a_reserve_that_competition_does_not_justify_is_found(self) -> None:
        """Alice alone within the reserve: the uncontested cap bounds what she is paid."""
        alone = opened(1, "Alice", 100, "200")
        assert signed([alone]).outcome.awards == ()
        forged = transcript_of(
            AUCTION,
            TERMS,
            [replace(alone, state="WON")],
            replace(HONEST.outcome, awards=(DecidedAward(1, 100, Decimal(200), 100),)),
            KEY,
        )
        assert found(forged)[0].startswith("the transcript awards 100 units at 200 bps to bid 1, and by the rules")

    def test_an_auction_that_was_not_decided_leaves_all_its_bids_uncounted(self) -> None:
        undecided = [
            replace(bid, counted_units=0, not_counted=NotCounted.UNDECIDED) for bid in BIDS if bid is not CHARLIE
        ]
        transcript = signed([*undecided, CHARLIE])
        outcome = replace(transcript.outcome, undecided="marks moved too far since the opening")
        assert found(transcript_of(AUCTION, TERMS, transcript.bids, outcome, KEY)) == []
        mixed = signed([ALICE, BOB, *undecided[2:], CHARLIE])
        assert found(mixed) == ["some bids are left undecided, though the auction was decided"]

    def test_what_the_rules_refuse_to_decide_is_unfilled_for_that_reason(self) -> None:
        terms = replace(TERMS, price_rule=PriceRule.FIRST_REJECTED)
        transcript = signed([replace(ALICE, offer=ALICE.offer), opened(2, "Bob", 60, "20", min_units=2)], terms)
        assert transcript.outcome.undecided == "cannot be FIRST_REJECTED with packages"
        assert found(transcript) == []


class TestSignature:
    @pytest.mark.parametrize(
        ("sequence", "change"),
        [
            (4, {"tier": 1}),
            (4, {"group": "group of Alice"}),
            (4, {"round": 2}),
            (4, {"is_commitment": True}),
            (2, {"state": "VOID", "not_counted": NotCounted.VOID}),
        ],
    )
    def test_what_nothing_else_protects_is_signed(self, sequence: int, change: dict) -> None:
        bids = tuple(replace(bid, **change) if bid.sequence == sequence else bid for bid in HONEST.bids)
        assert found(replace(HONEST, bids=bids))[-1] == (
            "the signature does not fit: something was changed after the transcript was signed"
        )

    def test_the_terms_are_signed(self) -> None:
        forged = replace(HONEST, terms=replace(TERMS, reserve_edge_bps=Decimal(300)))
        assert found(forged) == ["the signature does not fit: something was changed after the transcript was signed"]

    def test_another_key_is_not_the_one_that_is_trusted(self) -> None:
        forged = signed(BIDS, key=OTHER_KEY)
        assert found(forged) == [f"the transcript is signed by another key: {OTHER_KEY.public_key.hex()}"]
        assert found(forged, keys=(OTHER_KEY.public_key, KEY.public_key)) == []

    def test_another_version_is_not_the_one_it_is_read_by(self) -> None:
        assert found(replace(HONEST, version=1))[0] == "the transcript is of version 1, and not of 7"


class TestDirection:
    """Alice and Bob offer 60 each: Bob is dearer for the lot, at 20, and Alice for its inverse, at 90."""

    BIDS = [
        opened(1, "Alice", 60, "10", inverse_edge_bps=Decimal(90)),
        opened(2, "Bob", 60, "20", inverse_edge_bps=Decimal(5)),
    ]

    @pytest.mark.parametrize(("inverse", "edge", "units"), [(False, 20, (60, 40)), (True, 90, (40, 60))])
    def test_the_edge_for_the_lots_direction_decides(self, inverse: bool, edge: int, units: tuple[int, int]) -> None:
        transcript = signed(self.BIDS, replace(TERMS, inverse=inverse))
        assert found(transcript) == []
        assert [(award.units, award.edge_bps) for award in transcript.outcome.awards] == [(n, edge) for n in units]

    @pytest.mark.parametrize("inverse", [False, True])
    def test_the_other_direction_is_another_outcome(self, inverse: bool) -> None:
        honest = signed(self.BIDS, replace(TERMS, inverse=inverse))
        turned = replace(TERMS, inverse=not inverse)
        assert found(transcript_of(AUCTION, turned, honest.bids, honest.outcome, KEY)) != []


class TestReceipts:
    def test_a_receipt_of_another_key_or_that_is_not_genuine_proves_nothing(self) -> None:
        foreign = receipt_for(entries(ALICE), OTHER_KEY)
        assert found(HONEST, foreign) == [f"receipt 1 is signed by another key: {OTHER_KEY.public_key.hex()}"]
        broken = replace(RECEIPT, signature=bytes(64))
        assert found(HONEST, RECEIPT, broken) == ["receipt 2 is not genuine: its signature or a path does not fit"]

    def test_a_receipt_may_promise_bids_of_other_auctions_too_but_not_only_these(self) -> None:
        elsewhere = Entry(UUID(int=2), ALICE.received_at, bytes(32))
        assert found(HONEST, receipt_for([elsewhere, *entries(BOB)], KEY)) == []
        assert found(HONEST, receipt_for([elsewhere], KEY)) == ["receipt 1 promises nothing about this auction"]


@st.composite
def auctions(draw: st.DrawFn) -> tuple[SealedTerms, list[OpenedBid]]:
    auction_format, price_rule = draw(
        st.sampled_from(
            [(each, PriceRule.LAST_ACCEPTED) for each in Format] + [(Format.UNIFORM, PriceRule.FIRST_REJECTED)]
        )
    )
    terms = replace(
        TERMS,
        format=auction_format,
        price_rule=price_rule,
        rationing=draw(st.sampled_from(Rationing)),
        units=draw(st.integers(1, 60)),
        min_groups=draw(st.integers(1, 3)),
        cover_percent=draw(st.sampled_from([0, 50, 100])),
        reserve_edge_bps=draw(st.decimals(0, 60, places=1)),
    )
    bids = []
    for sequence in draw(st.lists(st.integers(1, 1000), max_size=7, unique=True)):
        name, units = draw(st.sampled_from("ABCD")), draw(st.integers(1, 40))
        firm, state = draw(st.booleans()), draw(st.sampled_from(["LOST", "LOST", "CANCELLED", "VOID"]))
        least = 1 if firm else draw(st.integers(1, units))
        edge = str(draw(st.decimals(-20, 60, places=1)))
        counted = draw(st.integers(1, units)) if firm else units
        tier = draw(st.integers(1, 2))
        options = {"is_commitment": firm, "state": state, "counted_units": counted, "tier": tier, "min_units": least}
        bids.append(opened(sequence, name, units, edge, group=f"group {name in 'AB'}", **options))
    return terms, bids


@given(auctions(), st.randoms())
def test_every_honest_transcript_holds_whatever_the_order_of_the_bids(auction, random) -> None:
    terms, bids = auction
    transcript = signed(bids, terms)
    receipts = [receipt_for(entries(*bids), KEY)] if bids else []
    assert found(transcript, *receipts) == []
    random.shuffle(bids)
    assert signed(bids, terms) == transcript


class TestOlderReceipts:
    """Receipts of before promised a sequence: those still hold, of today's transcripts too."""

    OLD = receipt_for([Entry(AUCTION, None, ALICE.digest, 17), Entry(AUCTION, None, CHARLIE.digest, 23)], KEY)

    def test_what_they_promise_stands_in_a_transcript_that_shows_no_sequence(self) -> None:
        assert found(HONEST, self.OLD) == []
        assert found(signed([CHARLIE, BOB, DORA]), self.OLD) == [missing(ALICE)]

    def test_a_transcript_of_then_has_them_at_their_sequences(self) -> None:
        older = EDITIONS[-2]
        bids = [replace(bid, received_at=None) for bid in HONEST.bids]
        draft = transcript_of(AUCTION, TERMS, bids, HONEST.outcome, KEY)
        at = receipt_for([Entry(AUCTION, None, ALICE.digest, 1)], KEY)
        elsewhere = receipt_for([Entry(AUCTION, None, ALICE.digest, 2)], KEY)
        kept = replace(draft, version=older.version)
        lines = [list(differences(kept, [receipt], [KEY.public_key], older)) for receipt in (at, elsewhere)]
        assert [line for line in lines[0] if "receipt" in line] == []
        assert "bid 1 does not stand where receipt 1 promises it" in lines[1]
