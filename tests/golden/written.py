"""What today's rules write of the same bids each time: the newest golden files, byte for byte."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import UUID

from auctions.lifecycle import BidState
from auctions.rules.clearing import Format, PriceRule, Rationing
from auctions.rules.editions import transcript_of
from auctions.rules.receipts import Entry, Receipt, receipt_for
from auctions.rules.receipts import written as written_receipt
from auctions.rules.transcript import NotCounted, OpenedBid, SealedTerms, TranscriptDocument, decide
from backstop.values.documents import plain
from tests.rules.sealed import AUCTION, KEY, OPENED_AT, PROVIDER_TERMS, TERMS, entries, opened, placed, sent

DRIFT = Decimal("300.0001")
END = OPENED_AT + timedelta(seconds=9, microseconds=1)
ALICE = opened(3, "Alice", 60, "10.5", is_commitment=True, counted_units=45, max_drift_bps=Decimal(301))
BOB = opened(5, "Bob", 30, "20.25", min_units=5, max_pay_bps=Decimal(3), max_drift_bps=DRIFT, expires_at=END)
CHARLIE = opened(8, "Charlie", 60, "5", state="CANCELLED")
DORA = opened(9, "Dora", 30, "30", round=2)
EVE = opened(10, "Eve", 60, "30", round=2)
FRANK = opened(11, "Frank", 50, "1", tier=2, counted_units=0, not_counted=NotCounted.EXCLUDED)
GRACE = opened(14, "Grace", 50, "-2", is_commitment=True, counted_units=0, not_counted=NotCounted.EXHAUSTED)
HEIDI = replace(opened(15, "Heidi", 50, "2", state="VOID", max_drift_bps=Decimal(300)), offer=None)
UNIFORM = [ALICE, BOB, CHARLIE, DORA, EVE, FRANK, GRACE, HEIDI]
VICKREY = [opened(3, "Alice", 60, "10"), opened(5, "Bob", 50, "20", all_or_none=True), opened(9, "Dora", 70, "33.3333")]
RELATED = [
    opened(3, "Alice", 50, "10", all_or_none=True, group="one"),
    opened(5, "Bob", 50, "20", all_or_none=True, group="one"),
    opened(9, "Dora", 100, "33.3333", all_or_none=True),
]
TWO_EDGES = [
    opened(3, "Alice", 60, "10", inverse_edge_bps=Decimal(90)),
    opened(8, "Bob", 60, "20", inverse_edge_bps=Decimal("-5")),
]
CUT = [opened(3, "Alice", 50, "30"), opened(5, "Bob", 49, "30"), opened(9, "Dora", 1, "350")]
SEALED = [
    sent(opened(3, "Alice", 60, "10", max_drift_bps=Decimal(0), expires_at=END)),
    opened(4, "Dora", 70, "30", is_commitment=True),
    replace(sent(opened(8, "Bob", 60, "20", state="VOID")), offer=None),
]


def written() -> Mapping[str, str]:
    """The text of each file, by its name; `shape.json` says which fields there are, and which words."""
    first_rejected = replace(TERMS, price_rule=PriceRule.FIRST_REJECTED, rationing=Rationing.SEQUENCE)
    transcripts = {
        "uniform": _closed(UNIFORM, replace(TERMS, rounds=2, drift_bps=DRIFT), uncovered=4),
        "vickrey": _closed(VICKREY, replace(TERMS, format=Format.VICKREY)),
        "related": _closed(RELATED, replace(TERMS, format=Format.VICKREY)),
        "uncontested": _closed(VICKREY[:1], replace(TERMS, format=Format.PAY_AS_BID)),
        "refused": _closed(UNIFORM[:2], first_rejected),
        "undecided": _undecided([opened(3, "Alice", 60, "10"), CHARLIE], "marks moved too far since the opening"),
        "inverse": _closed(TWO_EDGES, replace(TERMS, inverse=True)),
        "sealed": _closed(SEALED, replace(PROVIDER_TERMS, drift_bps=Decimal(0))),
        "cut": _closed(CUT, replace(TERMS, cover_percent=50, continuation_edge_bps=Decimal(350))),
    }
    receipts = {
        "uniform": receipt_for([Entry(UUID(int=2), OPENED_AT, bytes(32)), *entries(ALICE, CHARLIE, HEIDI)], KEY),
        "sealed": receipt_for(entries(SEALED[0], SEALED[2]), KEY),
    }
    return {
        "shape.json": _text([shape_of(TranscriptDocument), shape_of(Receipt)]),
        **{f"{name}.transcript.json": _text(plain(one)) for name, one in transcripts.items()},
        **{f"{name}.receipt.json": _text(written_receipt(one)) for name, one in receipts.items()},
    }


def place_of(folder: Path) -> int:
    """Its place in time, which its name begins with."""
    return int(folder.name.partition("-")[0])


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"


def shape_of(kind: Any) -> Any:
    """Which fields a document of this kind has, and which words."""
    if get_args(kind):  # a tuple, a mapping, or what may be null
        return [shape_of(one) for one in get_args(kind) if one is not Ellipsis]
    if is_dataclass(kind):
        return {name: shape_of(one) for name, one in get_type_hints(kind).items()}
    if kind is Any:
        return "Any"
    return [*kind] if issubclass(kind, StrEnum) else kind.__name__


def _closed(bids: Sequence[OpenedBid], terms: SealedTerms, uncovered: int = 0) -> TranscriptDocument:
    """Decided by the rules; collateral misses for so many units of the last award."""
    bids = placed(bids)
    outcome = decide(terms, bids)
    if uncovered:
        *covered, last = outcome.awards
        outcome = replace(outcome, awards=(*covered, replace(last, given_units=last.given_units - uncovered)))
    won = {award.sequence for award in outcome.awards if award.given_units}
    states = [replace(bid, state=BidState.WON.value) if bid.sequence in won else bid for bid in bids]
    return transcript_of(AUCTION, terms, states, outcome, KEY)


def _undecided(bids: Sequence[OpenedBid], why: str) -> TranscriptDocument:
    left = {"counted_units": 0, "not_counted": NotCounted.UNDECIDED}
    bids = [replace(bid, **left) if bid.not_counted is None else bid for bid in placed(bids)]
    return transcript_of(AUCTION, TERMS, bids, replace(decide(TERMS, bids), undecided=why), KEY)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir()
    for name, text in written().items():
        (folder / name).write_text(text, encoding="utf-8")
