"""How a distressed book changes hands: books and lots, playbooks, steps, auctions and bids, awards and settlements."""

from auctions.models.auctions import Auction, MarketTerms
from auctions.models.awards import AtFault, Award, Beneficiary, Settlement
from auctions.models.bids import Bid, Take
from auctions.models.books import Book, KeptPosition, Position, Side
from auctions.models.breakers import Breaker
from auctions.models.caps import Cap
from auctions.models.heartbeats import Heartbeat
from auctions.models.inventory import FundInventory
from auctions.models.lots import Lot
from auctions.models.playbooks import LotScope, Playbook, SealedBy, SettlementMode
from auctions.models.steps import Step
from auctions.models.transcripts import Transcript

__all__ = [
    "AtFault",
    "Auction",
    "Award",
    "Beneficiary",
    "Bid",
    "Book",
    "Breaker",
    "Cap",
    "FundInventory",
    "Heartbeat",
    "KeptPosition",
    "Lot",
    "LotScope",
    "MarketTerms",
    "Playbook",
    "Position",
    "SealedBy",
    "Settlement",
    "SettlementMode",
    "Side",
    "Step",
    "Take",
    "Transcript",
]
