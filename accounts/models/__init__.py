"""Who stands behind a venue, and with what: people and keys, the ledger, commitments and holdings."""

from accounts.models.allocations import AllocationFill, LossAllocation
from accounts.models.approvals import Approval, ApprovalLimit, MovedAlone
from accounts.models.assessments import Assessment
from accounts.models.claims import Claim
from accounts.models.commitments import Commitment, CommitmentTerms, CommitmentUsage, CommitmentUse
from accounts.models.covered_limits import CoveredLimit
from accounts.models.covers import Cover, CoverShare, CoverSignature, CoverSuspension
from accounts.models.exposures import ExposureLimit, ReportedStanding
from accounts.models.guarantees import Contribution, Guarantee
from accounts.models.holdings import HeldQuantity, Holding, HoldingEntry, SettlementCounter
from accounts.models.keys import ApiKey, PublicKey, SpentNonce
from accounts.models.ledger import Account, AccountKind, FreeCollateral, NotedAsset, Purpose, Transfer
from accounts.models.loss_payments import (
    AddendKind,
    ClusterEdge,
    LossAddend,
    LossPayment,
    LossRecovery,
    LossReturn,
)
from accounts.models.loss_plans import LossLayer, LossPlan
from accounts.models.losses import Ground, LossEvent, LossEventKind, ProviderDefault
from accounts.models.margin_calls import CureRepayment, MarginCall
from accounts.models.obligations import Obligation
from accounts.models.people import Appointment, Group, Member, Provider, User
from accounts.models.premiums import CoverFactor, CoverPremium, CoverRate, CoverUse, ProviderRating
from accounts.models.refills import Refill
from accounts.models.repos import Repo, RepoRepayment
from accounts.models.vaults import (
    EntryKind,
    SuspendedFor,
    Vault,
    VaultDeposit,
    VaultEntry,
    VaultShare,
    VaultWithdrawal,
)
from accounts.models.webhooks import Webhook, WebhookDelivery, WebhookSecret

__all__ = [
    "Account",
    "AccountKind",
    "AddendKind",
    "AllocationFill",
    "ApiKey",
    "Appointment",
    "Approval",
    "ApprovalLimit",
    "Assessment",
    "Claim",
    "ClusterEdge",
    "Commitment",
    "CommitmentTerms",
    "CommitmentUsage",
    "CommitmentUse",
    "Contribution",
    "Cover",
    "CoverFactor",
    "CoverPremium",
    "CoverRate",
    "CoverShare",
    "CoverSignature",
    "CoverSuspension",
    "CoverUse",
    "CoveredLimit",
    "CureRepayment",
    "EntryKind",
    "ExposureLimit",
    "FreeCollateral",
    "Ground",
    "Group",
    "Guarantee",
    "HeldQuantity",
    "Holding",
    "HoldingEntry",
    "LossAddend",
    "LossAllocation",
    "LossEvent",
    "LossEventKind",
    "LossLayer",
    "LossPayment",
    "LossPlan",
    "LossRecovery",
    "LossReturn",
    "MarginCall",
    "Member",
    "MovedAlone",
    "NotedAsset",
    "Obligation",
    "Provider",
    "ProviderDefault",
    "ProviderRating",
    "PublicKey",
    "Purpose",
    "Refill",
    "Repo",
    "RepoRepayment",
    "ReportedStanding",
    "SettlementCounter",
    "SpentNonce",
    "SuspendedFor",
    "Transfer",
    "User",
    "Vault",
    "VaultDeposit",
    "VaultEntry",
    "VaultShare",
    "VaultWithdrawal",
    "Webhook",
    "WebhookDelivery",
    "WebhookSecret",
]
