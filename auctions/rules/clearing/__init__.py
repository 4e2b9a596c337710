"""Clearing: terms and bids in, outcome out. Everything that callers need, by one name.

Read in this order: `terms` (the words), `formats` (the decision), `cutting` (what one pass sells), `selection` (how
many units each edge sells), `rationing` (who is served at one edge), `paying` (Vickrey payments as edges), `proof`
(whose packages count there), `competition` (whether it is contested).
"""

from auctions.rules.clearing.competition import cap_of_round, competes, is_contested, reserve_by_competition
from auctions.rules.clearing.formats import clear
from auctions.rules.clearing.paying import payable_awards
from auctions.rules.clearing.proof import packages_each, provable
from auctions.rules.clearing.terms import (
    ClearingAward,
    ClearingBid,
    ClearingRefused,
    ClearingTerms,
    Format,
    Outcome,
    PriceRule,
    Rationing,
    Result,
)

__all__ = [
    "ClearingAward",
    "ClearingBid",
    "ClearingRefused",
    "ClearingTerms",
    "Format",
    "Outcome",
    "PriceRule",
    "Rationing",
    "Result",
    "cap_of_round",
    "clear",
    "competes",
    "is_contested",
    "packages_each",
    "payable_awards",
    "provable",
    "reserve_by_competition",
]
