"""Random auctions for Hypothesis: small enough to shrink well, rich enough to meet every rule."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, PriceRule, Rationing

edges = st.decimals(-20, 60, places=1) | st.sampled_from([Decimal(0), Decimal(10), Decimal(20)])
LADDER = (
    (Format.PAY_AS_BID, PriceRule.LAST_ACCEPTED),
    (Format.UNIFORM, PriceRule.LAST_ACCEPTED),
    (Format.UNIFORM, PriceRule.FIRST_REJECTED),
    (Format.VICKREY, PriceRule.LAST_ACCEPTED),
)


@st.composite
def bid_lists(draw: st.DrawFn, packages: bool = False, largest: int = 40, most: int = 9) -> list[ClearingBid]:
    """Up to `most` bids of up to `largest` units from six providers, of whom two are related."""
    count = draw(st.integers(0, most))
    sequences = draw(st.permutations(range(1, count + 1)))
    bids = []
    for place in range(count):
        provider = draw(st.sampled_from("ABCDEF"))
        units = draw(st.integers(1, largest))
        simple = ClearingBid(
            id=f"bid {place}",
            provider=provider,
            group="AB" if provider in "AB" else provider,
            units=units,
            edge_bps=draw(edges),
            sequence=sequences[place],
            tier=draw(st.sampled_from([1, 1, 2])),
        )
        least = draw(st.integers(1, units)) if packages and draw(st.booleans()) else 1
        bids.append(replace(simple, min_units=least, all_or_none=packages and draw(st.booleans())))
    return bids


@st.composite
def term_sheets(draw: st.DrawFn, packages: bool = False, largest: int = 100) -> ClearingTerms:
    """Terms of any format that can clear such bids; there is always a reserve, so that VICKREY never refuses."""
    ladder = [rung for rung in LADDER if not (packages and rung[1] is PriceRule.FIRST_REJECTED)]
    auction_format, price_rule = draw(st.sampled_from(ladder))
    return ClearingTerms(
        format=auction_format,
        units=draw(st.integers(1, largest)),
        reserve_edge_bps=draw(edges),
        price_rule=price_rule,
        rationing=draw(st.sampled_from(Rationing)),
        min_bidders=draw(st.sampled_from([0, 1, 2])),
        first_rejected_cap_bps=draw(st.none() | st.decimals(0, 10, places=1)),
    )
