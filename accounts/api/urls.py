"""The addresses of who stands behind a venue, under /v1/."""

from django.urls import path

from accounts.api.approvals import (
    ApprovalLimits,
    Approvals,
    ConfirmApproval,
    OneApproval,
    OneApprovalLimit,
    WithdrawApproval,
)
from accounts.api.assessments import Assessments, LeaveGuarantee, OneAssessment, PayAssessment, RejoinGuarantee
from accounts.api.claims import AnswerClaim, Claims, DecideClaim, DisputeClaim, OneClaim
from accounts.api.collateral import Collateral, Contributions, Fees, Fund
from accounts.api.commitments import (
    ApproveCommitment,
    Commitments,
    CommitmentsOfProvider,
    OneCommitment,
    ResumeCommitment,
    SuspendCommitment,
    WithdrawCommitment,
)
from accounts.api.covers import Covers, NoticeOfCover, OneCover, SignCover
from accounts.api.exposures import ExposureLimits, ExposureOfProvider
from accounts.api.holdings import Holdings
from accounts.api.loss_plans import LossWaterfall
from accounts.api.margin_calls import MarginCalls, OneMarginCall, RepayCure
from accounts.api.money import Balances, OneTransfer, Transfers
from accounts.api.people import Me, RotateKey
from accounts.api.premiums import RatingOfProvider
from accounts.api.refills import OneRefill, Refills
from accounts.api.repos import OneRepo, RepayRepo, Repos
from accounts.api.terms import MarkByHand, OneTermsOfInstrument, OneTermsOfVenue, TermsOfInstrument, TermsOfVenue
from accounts.api.vaults import (
    EndVault,
    OneVault,
    OneVaultDeposit,
    OneVaultWithdrawal,
    ResumeVault,
    VaultDeposits,
    Vaults,
    VaultWithdrawals,
)
from accounts.api.webhooks import (
    Deliveries,
    OneDelivery,
    OneWebhook,
    Redeliver,
    RotateWebhookSecret,
    SendTest,
    Webhooks,
)

urlpatterns = [
    path("me", Me.as_view()),
    path("me/key/rotate", RotateKey.as_view()),
    path("commitments", Commitments.as_view()),
    path("commitments/<uuid:commitment_id>", OneCommitment.as_view()),
    path("commitments/<uuid:commitment_id>/approve", ApproveCommitment.as_view()),
    path("commitments/<uuid:commitment_id>/suspend", SuspendCommitment.as_view()),
    path("commitments/<uuid:commitment_id>/resume", ResumeCommitment.as_view()),
    path("commitments/<uuid:commitment_id>/withdraw", WithdrawCommitment.as_view()),
    path("providers/<uuid:provider_id>/commitments", CommitmentsOfProvider.as_view()),
    path("covers", Covers.as_view()),
    path("covers/<uuid:cover_id>", OneCover.as_view()),
    path("covers/<uuid:cover_id>/sign", SignCover.as_view()),
    path("covers/<uuid:cover_id>/notice", NoticeOfCover.as_view()),
    path("margin-calls", MarginCalls.as_view()),
    path("margin-calls/<uuid:margin_call_id>", OneMarginCall.as_view()),
    path("margin-calls/<uuid:margin_call_id>/repayments", RepayCure.as_view()),
    path("repos", Repos.as_view()),
    path("repos/<uuid:repo_id>", OneRepo.as_view()),
    path("repos/<uuid:repo_id>/repayments", RepayRepo.as_view()),
    path("providers/<uuid:provider_id>/rating", RatingOfProvider.as_view()),
    path("balances", Balances.as_view()),
    path("transfers", Transfers.as_view()),
    path("transfers/<uuid:transfer_id>", OneTransfer.as_view()),
    path("collateral", Collateral.as_view()),
    path("contributions", Contributions.as_view()),
    path("contributions/leave", LeaveGuarantee.as_view()),
    path("contributions/rejoin", RejoinGuarantee.as_view()),
    path("refills", Refills.as_view()),
    path("refills/<uuid:refill_id>", OneRefill.as_view()),
    path("claims", Claims.as_view()),
    path("claims/<uuid:claim_id>", OneClaim.as_view()),
    path("claims/<uuid:claim_id>/answer", AnswerClaim.as_view()),
    path("claims/<uuid:claim_id>/dispute", DisputeClaim.as_view()),
    path("claims/<uuid:claim_id>/decide", DecideClaim.as_view()),
    path("assessments", Assessments.as_view()),
    path("assessments/<uuid:assessment_id>", OneAssessment.as_view()),
    path("assessments/<uuid:assessment_id>/pay", PayAssessment.as_view()),
    path("fund", Fund.as_view()),
    path("fees", Fees.as_view()),
    path("instruments/<uuid:instrument_id>/terms", TermsOfInstrument.as_view()),
    path("instruments/<uuid:instrument_id>/mark", MarkByHand.as_view()),
    path("instruments/<uuid:instrument_id>/terms/<uuid:terms_id>", OneTermsOfInstrument.as_view()),
    path("venues/<uuid:venue_id>/waterfall", LossWaterfall.as_view()),
    path("venue/terms", TermsOfVenue.as_view()),
    path("venue/terms/<uuid:terms_id>", OneTermsOfVenue.as_view()),
    path("approvals", Approvals.as_view()),
    path("approvals/<uuid:approval_id>", OneApproval.as_view()),
    path("approvals/<uuid:approval_id>/confirm", ConfirmApproval.as_view()),
    path("approvals/<uuid:approval_id>/withdraw", WithdrawApproval.as_view()),
    path("approval_limits", ApprovalLimits.as_view()),
    path("approval_limits/<uuid:limit_id>", OneApprovalLimit.as_view()),
    path("providers/<uuid:provider_id>/exposure", ExposureOfProvider.as_view()),
    path("groups/<uuid:group_id>/limits", ExposureLimits.as_view()),
    path("providers/<uuid:provider_id>/holdings", Holdings.as_view()),
    path("vaults", Vaults.as_view()),
    path("vaults/<uuid:vault_id>", OneVault.as_view()),
    path("vaults/<uuid:vault_id>/resume", ResumeVault.as_view()),
    path("vaults/<uuid:vault_id>/end", EndVault.as_view()),
    path("vaults/<uuid:vault_id>/deposits", VaultDeposits.as_view()),
    path("vaults/<uuid:vault_id>/deposits/<uuid:deposit_id>", OneVaultDeposit.as_view()),
    path("vaults/<uuid:vault_id>/withdrawals", VaultWithdrawals.as_view()),
    path("vaults/<uuid:vault_id>/withdrawals/<uuid:withdrawal_id>", OneVaultWithdrawal.as_view()),
    path("webhooks", Webhooks.as_view()),
    path("webhooks/<uuid:webhook_id>", OneWebhook.as_view()),
    path("webhooks/<uuid:webhook_id>/rotate", RotateWebhookSecret.as_view()),
    path("webhooks/<uuid:webhook_id>/test", SendTest.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries", Deliveries.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>", OneDelivery.as_view()),
    path("webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/redeliver", Redeliver.as_view()),
]
