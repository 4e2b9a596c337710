"""The addresses of how a book changes hands, under /v1/."""

from django.urls import path

from auctions.api.allocations import (
    AllocateCash,
    AllocatePositions,
    AllocationFills,
    Allocations,
    ConfirmFill,
    OneAllocation,
    OneAllocationFill,
    RefuseFill,
)
from auctions.api.auctions import Auctions, OneAuction
from auctions.api.awards import Awards, OneAward
from auctions.api.bids import AuctionBids, Bids, OneBid, ReconfirmAll, ReconfirmOne
from auctions.api.bindings import BindingsOfProvider
from auctions.api.books import Books, OneBook, RetryBook, Withdraw
from auctions.api.breakers import Breakers, OneBreaker, RestartAuction
from auctions.api.cancelling import CancelAll, CancelAllAfter
from auctions.api.capacity import CommitmentCapacity
from auctions.api.conditions import MarketConditions
from auctions.api.coverage import VenueCoverage
from auctions.api.covers import ActivateCover, PremiumOfCover
from auctions.api.defaults import ConfirmDefault, DefaultOfProvider
from auctions.api.desk import CapsOnAuctions, InventorySales, OneCap, OnePlaybook, Playbooks
from auctions.api.drills import Drills, OneDrill
from auctions.api.faults import ContestFault, DecideFault, Faults, OneFault
from auctions.api.groups import GroupsOfFirms, OneGroup, Relations
from auctions.api.inventory import Inventory, OneOfInventory
from auctions.api.loss_events import (
    LossAddends,
    LossEvents,
    LossPayments,
    LossReturns,
    Obligations,
    OneLossAddend,
    OneLossEvent,
    OneLossPayment,
    OneLossReturn,
    OneObligation,
    OneRecovery,
    Recoveries,
)
from auctions.api.lots import TakeLotOver
from auctions.api.margin_calls import CallMargin, CureMarginCall
from auctions.api.markouts import Markouts, OneMarkout
from auctions.api.months import OneOwnStatement, OwnStatements
from auctions.api.providers import (
    AcceptedTerms,
    Applications,
    ApproveProvider,
    EndProvider,
    MoveProvider,
    OneProvider,
    OwnTerms,
    ProvidersOfVenue,
    ResumeProvider,
    SuspendProvider,
)
from auctions.api.readiness import OneReadiness, OwnReadiness, ReconfirmReadiness, StandReady
from auctions.api.repos import DrawRepo
from auctions.api.service import (
    FeeSchedules,
    OneFeeSchedule,
    OneOwnService,
    OneOwnServiceAnswer,
    OneOwnServiceDay,
    OneOwnServiceRebate,
    OwnService,
    OwnServiceAnswers,
    OwnServiceDays,
    OwnServiceRebates,
)
from auctions.api.settlements import Confirm, OneSettlement, Reject, Settlements
from auctions.api.statements import StatementOfBook
from auctions.api.takes import OneQuote, OneTake, OwnTakes, Takes
from auctions.api.transcripts import BookTranscripts, OneTranscript

urlpatterns = [
    path("auctions/<uuid:auction_id>/bids", AuctionBids.as_view()),  # asked most: they are looked through in this order
    path("providers/<uuid:provider_id>/bindings", BindingsOfProvider.as_view()),
    path("providers/<uuid:provider_id>/default", DefaultOfProvider.as_view()),
    path("providers/<uuid:provider_id>/default/confirm", ConfirmDefault.as_view()),
    path("commitments/<uuid:commitment_id>/capacity", CommitmentCapacity.as_view()),
    path("venues/<uuid:venue_id>/coverage", VenueCoverage.as_view()),
    path("loss-events", LossEvents.as_view()),
    path("loss-events/<uuid:loss_event_id>", OneLossEvent.as_view()),
    path("loss-events/<uuid:loss_event_id>/addends", LossAddends.as_view()),
    path("loss-events/<uuid:loss_event_id>/addends/<uuid:addend_id>", OneLossAddend.as_view()),
    path("loss-events/<uuid:loss_event_id>/payments", LossPayments.as_view()),
    path("loss-events/<uuid:loss_event_id>/payments/<uuid:payment_id>", OneLossPayment.as_view()),
    path("loss-events/<uuid:loss_event_id>/recoveries", Recoveries.as_view()),
    path("loss-events/<uuid:loss_event_id>/recoveries/<uuid:recovery_id>", OneRecovery.as_view()),
    path("loss-events/<uuid:loss_event_id>/returns", LossReturns.as_view()),
    path("loss-events/<uuid:loss_event_id>/returns/<uuid:return_id>", OneLossReturn.as_view()),
    path("loss-events/<uuid:loss_event_id>/allocate-cash", AllocateCash.as_view()),
    path("loss-events/<uuid:loss_event_id>/allocate-positions", AllocatePositions.as_view()),
    path("obligations", Obligations.as_view()),
    path("obligations/<uuid:obligation_id>", OneObligation.as_view()),
    path("allocations", Allocations.as_view()),
    path("allocations/<uuid:allocation_id>", OneAllocation.as_view()),
    path("allocation-fills", AllocationFills.as_view()),
    path("allocation-fills/<uuid:fill_id>", OneAllocationFill.as_view()),
    path("allocation-fills/<uuid:fill_id>/confirm", ConfirmFill.as_view()),
    path("allocation-fills/<uuid:fill_id>/refuse", RefuseFill.as_view()),
    path("books", Books.as_view()),
    path("books/<uuid:book_id>", OneBook.as_view()),
    path("books/<uuid:book_id>/statement", StatementOfBook.as_view()),
    path("books/<uuid:book_id>/withdraw", Withdraw.as_view()),
    path("books/<uuid:book_id>/retry", RetryBook.as_view()),
    path("books/<uuid:book_id>/transcripts", BookTranscripts.as_view()),
    path("drills", Drills.as_view()),
    path("drills/<uuid:drill_id>", OneDrill.as_view()),
    path("auctions", Auctions.as_view()),
    path("auctions/<uuid:auction_id>", OneAuction.as_view()),
    path("auctions/<uuid:auction_id>/bids/reconfirm", ReconfirmAll.as_view()),
    path("auctions/<uuid:auction_id>/restart", RestartAuction.as_view()),
    path("auctions/<uuid:auction_id>/transcript", OneTranscript.as_view()),
    path("auctions/<uuid:auction_id>/takes", Takes.as_view()),
    path("margin-calls/<uuid:margin_call_id>/cure", CureMarginCall.as_view()),
    path("covers/<uuid:cover_id>/repos", DrawRepo.as_view()),
    path("lots/<uuid:lot_id>/take-over", TakeLotOver.as_view()),
    path("auctions/<uuid:auction_id>/ready", StandReady.as_view()),
    path("auctions/<uuid:auction_id>/ready/reconfirm", ReconfirmReadiness.as_view()),
    path("auctions/<uuid:auction_id>/quote", OneQuote.as_view()),
    path("bids", Bids.as_view()),
    path("bids/<uuid:bid_id>", OneBid.as_view()),
    path("bids/<uuid:bid_id>/reconfirm", ReconfirmOne.as_view()),
    path("cancel-all", CancelAll.as_view()),
    path("cancel-all-after", CancelAllAfter.as_view()),
    path("covers/<uuid:cover_id>/activate", ActivateCover.as_view()),
    path("covers/<uuid:cover_id>/premium", PremiumOfCover.as_view()),
    path("covers/<uuid:cover_id>/margin-calls", CallMargin.as_view()),
    path("conditions", MarketConditions.as_view()),
    path("breakers", Breakers.as_view()),
    path("breakers/<uuid:breaker_id>", OneBreaker.as_view()),
    path("groups", GroupsOfFirms.as_view()),
    path("groups/<uuid:group_id>", OneGroup.as_view()),
    path("groups/relations", Relations.as_view()),
    path("caps", CapsOnAuctions.as_view()),
    path("caps/<uuid:cap_id>", OneCap.as_view()),
    path("playbooks", Playbooks.as_view()),
    path("playbooks/<uuid:playbook_id>", OnePlaybook.as_view()),
    path("inventory/sales", InventorySales.as_view()),
    path("providers", ProvidersOfVenue.as_view()),
    path("providers/<uuid:provider_id>", OneProvider.as_view()),
    path("providers/applications", Applications.as_view()),
    path("providers/<uuid:provider_id>/terms", AcceptedTerms.as_view()),
    path("me/terms", OwnTerms.as_view()),
    path("me/statements", OwnStatements.as_view()),
    path("me/statements/<str:month>", OneOwnStatement.as_view()),
    path("me/service", OwnService.as_view()),
    path("me/service/<uuid:statement_id>", OneOwnService.as_view()),
    path("me/service/rebates", OwnServiceRebates.as_view()),
    path("me/service/rebates/<uuid:rebate_id>", OneOwnServiceRebate.as_view()),
    path("me/service/days", OwnServiceDays.as_view()),
    path("me/service/days/<uuid:score_id>", OneOwnServiceDay.as_view()),
    path("me/service/answers", OwnServiceAnswers.as_view()),
    path("me/service/answers/<uuid:answer_id>", OneOwnServiceAnswer.as_view()),
    path("fee-schedules", FeeSchedules.as_view()),
    path("fee-schedules/<uuid:schedule_id>", OneFeeSchedule.as_view()),
    path("providers/<uuid:provider_id>/approve", ApproveProvider.as_view()),
    path("providers/<uuid:provider_id>/end", EndProvider.as_view()),
    path("providers/<uuid:provider_id>/move", MoveProvider.as_view()),
    path("providers/<uuid:provider_id>/suspend", SuspendProvider.as_view()),
    path("providers/<uuid:provider_id>/resume", ResumeProvider.as_view()),
    path("takes", OwnTakes.as_view()),
    path("takes/<uuid:take_id>", OneTake.as_view()),
    path("readiness", OwnReadiness.as_view()),
    path("readiness/<uuid:readiness_id>", OneReadiness.as_view()),
    path("awards", Awards.as_view()),
    path("awards/<uuid:award_id>", OneAward.as_view()),
    path("markouts", Markouts.as_view()),
    path("markouts/<uuid:markout_id>", OneMarkout.as_view()),
    path("inventory", Inventory.as_view()),
    path("inventory/<uuid:inventory_id>", OneOfInventory.as_view()),
    path("settlements", Settlements.as_view()),
    path("settlements/<uuid:settlement_id>", OneSettlement.as_view()),
    path("settlements/<uuid:settlement_id>/confirm", Confirm.as_view()),
    path("settlements/<uuid:settlement_id>/reject", Reject.as_view()),
    path("faults", Faults.as_view()),
    path("faults/<uuid:fault_id>", OneFault.as_view()),
    path("faults/<uuid:fault_id>/contest", ContestFault.as_view()),
    path("faults/<uuid:fault_id>/decide", DecideFault.as_view()),
]
