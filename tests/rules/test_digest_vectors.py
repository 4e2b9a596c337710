"""The published vectors of digests: what the document tells readers to compute is what bids are committed to by."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backstop.values.documents import plain
from tests.rules.sealed import AUCTION, OPENED_AT, PUBLIC_KEY, opened, sent

DOCS = Path(__file__).parents[2] / "docs"
END = OPENED_AT + timedelta(hours=1, microseconds=1)
BID = opened(1, "Alice", 60, "10.5", min_units=5, max_pay_bps=Decimal(3), max_drift_bps=Decimal("300.0001"))
ENDING = opened(
    2, "Alice", 60, "10.5", min_units=5, max_pay_bps=Decimal(3), max_drift_bps=Decimal("300.0001"), expires_at=END
)
BIDS = {
    "sealed by the venue": BID,
    "the same until a time": ENDING,
    "with an inverse edge": opened(3, "Bob", 60, "20", inverse_edge_bps=Decimal("-5"), all_or_none=True),
    "sealed by its provider": sent(BID),
    "the same, sealed by its provider, until a time": sent(ENDING),
}


def written() -> Any:
    vectors = [{"title": title, "auction_id": str(AUCTION), "bid": plain(bid)} for title, bid in BIDS.items()]
    return {"offer_public_key": PUBLIC_KEY.hex(), "bids": vectors}


@pytest.fixture
def told() -> dict[str, Any]:
    code = re.findall(r"```python\n(.*?)```", (DOCS / "sealed_bids.md").read_text(), re.DOTALL)[1]
    found: dict[str, Any] = {}
    exec(code, found)
    return found


def test_they_are_what_the_rules_say() -> None:
    assert json.loads((DOCS / "digest_vectors.json").read_text()) == written()


def test_the_document_computes_them(told) -> None:
    vectors = json.loads((DOCS / "digest_vectors.json").read_text())
    for each in vectors["bids"]:
        digest = told["digest_of"](each["auction_id"], each["bid"], vectors["offer_public_key"])
        assert digest == each["bid"]["digest"], each["title"]
    assert len({each["bid"]["digest"] for each in vectors["bids"]}) == len(BIDS)
