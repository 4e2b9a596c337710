"""How a distressed book changes hands: books and lots, playbooks, steps, auctions and bids, awards and settlements."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import Model

from accounts.models import (
    Account,
    AllocationFill,
    Assessment,
    Claim,
    Cover,
    LossEvent,
    MarginCall,
    Provider,
    ProviderDefault,
    Repo,
    Vault,
)
from auctions.models.alerts import Alert, AlertMail, AlertRule
from auctions.models.auctions import Auction, MarketTerms
from auctions.models.awards import AtFault, Award, Beneficiary, SettledTotal, Settlement
from auctions.models.bids import Bid
from auctions.models.books import Book, KeptPosition, Position, Side
from auctions.models.breakers import Breaker
from auctions.models.cancel_switches import CancelSwitch
from auctions.models.caps import Cap
from auctions.models.continuation import ContinuationEdge
from auctions.models.cut_bids import CutBid
from auctions.models.drills import Drill, DrillRecord
from auctions.models.faults import ProviderFault, VenueFault
from auctions.models.inventory import FundInventory, InventorySale, TakeOver
from auctions.models.lots import Lot
from auctions.models.markouts import Markout
from auctions.models.playbooks import Assign, LotScope, Playbook, SealedBy, SettlementMode
from auctions.models.readiness import Readiness
from auctions.models.regimes import MarketRegime, PastRegime
from auctions.models.rounds import Heartbeat, Program, Round, last_beat_of
from auctions.models.service import (
    FeeSchedule,
    ServiceAnswer,
    ServiceDay,
    ServiceRebate,
    ServiceScore,
    ServiceStatement,
)
from auctions.models.steps import Step
from auctions.models.takes import Take
from auctions.models.transcripts import ChainLink, Transcript
from auctions.models.wishes import Wish

# How the rows that sweeps work on lead to their venue.
VENUE_OF: Mapping[type[Model], str] = MappingProxyType(
    {
        Book: "venue",
        Step: "lot__book__venue",
        Auction: "venue",
        Settlement: "book__venue",
        ProviderFault: "book__venue",
        Provider: "venue",
        TakeOver: "venue",
        Markout: "venue",
        CancelSwitch: "provider__venue",
        Drill: "venue",
        ProviderDefault: "venue",
        LossEvent: "venue",
        Cover: "venue",
        Account: "venue",
        Assessment: "venue",
        AllocationFill: "venue",
        Claim: "venue",
        MarginCall: "venue",
        Repo: "venue",
        Vault: "venue",
        ServiceDay: "venue",
        AlertRule: "venue",
    }
)

# In which order they are served, whatever their ids: as their books arrived, together ones by reference.
ARRIVAL: Mapping[type[Model], tuple[str, ...]] = MappingProxyType(
    {
        Book: ("received_at", "reference"),
        Step: ("lot__book__received_at", "lot__book__reference", "lot__ordinal"),
        Auction: ("step__lot__book__received_at", "step__lot__book__reference", "step__lot__ordinal"),
        Settlement: ("book__received_at", "book__reference", "award__step__lot__ordinal", "award__first_unit"),
        ProviderFault: ("book__received_at", "book__reference", "award__step__lot__ordinal", "award__first_unit"),
        Provider: ("created_at", "name"),
        TakeOver: ("number",),
        Markout: ("due_at",),
        CancelSwitch: ("cancels_at",),
        Drill: ("opened_at",),
        ProviderDefault: ("declared_at",),
        LossEvent: ("opened_at",),
        Cover: ("created_at",),
        Account: ("created_at",),
        Assessment: ("due_by",),
        AllocationFill: ("allocation__confirm_by",),
        Claim: ("created_at",),
        MarginCall: ("created_at",),
        Repo: ("created_at",),
        Vault: ("created_at",),
        ServiceDay: ("day",),
        AlertRule: ("created_at",),
    }
)

__all__ = [
    "ARRIVAL",
    "VENUE_OF",
    "Alert",
    "AlertMail",
    "AlertRule",
    "Assign",
    "AtFault",
    "Auction",
    "Award",
    "Beneficiary",
    "Bid",
    "Book",
    "Breaker",
    "CancelSwitch",
    "Cap",
    "ChainLink",
    "ContinuationEdge",
    "CutBid",
    "Drill",
    "DrillRecord",
    "FeeSchedule",
    "FundInventory",
    "Heartbeat",
    "InventorySale",
    "KeptPosition",
    "Lot",
    "LotScope",
    "MarketRegime",
    "MarketTerms",
    "Markout",
    "PastRegime",
    "Playbook",
    "Position",
    "Program",
    "ProviderFault",
    "Readiness",
    "Round",
    "SealedBy",
    "ServiceAnswer",
    "ServiceDay",
    "ServiceRebate",
    "ServiceScore",
    "ServiceStatement",
    "SettledTotal",
    "Settlement",
    "SettlementMode",
    "Side",
    "Step",
    "Take",
    "TakeOver",
    "Transcript",
    "VenueFault",
    "Wish",
    "last_beat_of",
]
