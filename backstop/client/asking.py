"""Whatever may be read: rows by their ids, and lists of them, newest first, page after page. All raise `ApiRefused`."""

from collections.abc import Iterator
from typing import Any, Unpack

from . import inputs, rows
from .connection import Connection


class Asking(Connection):
    """What a key may see, with decimals and times as such."""

    def list_auctions(self, **asked: Unpack[inputs.ListAuctions]) -> Iterator[rows.AuctionRow]:
        """The auctions of the provider's venue."""
        return self._list(rows.AuctionRow, "auctions", asked)

    def get_auction(self, auction_id: str) -> rows.AuctionRow:
        """One auction: what is offered, until when, at what reserve, and what a bid would hold."""
        return self._get(rows.AuctionRow, f"auctions/{auction_id}")

    def get_auction_quote(self, auction_id: str, units: int | None = None) -> rows.QuoteRow:
        """What a take would get and need at this instant, and where its price goes; nothing is taken."""
        asked = {} if units is None else {"units": units}
        return self._get(rows.QuoteRow, f"auctions/{auction_id}/quote", **asked)

    def get_auction_transcript(self, auction_id: str) -> dict[str, Any]:
        """What an auction of your venue was decided by."""
        return self._get(dict[str, Any], f"auctions/{auction_id}/transcript")

    def list_awards(self, **asked: Unpack[inputs.ListAwards]) -> Iterator[rows.AwardRow]:
        """What the provider was awarded."""
        return self._list(rows.AwardRow, "awards", asked)

    def get_award(self, award_id: str) -> rows.AwardRow:
        """One award of the provider's."""
        return self._get(rows.AwardRow, f"awards/{award_id}")

    def list_margin_calls(self, **asked: Unpack[inputs.ListMarginCalls]) -> Iterator[rows.MarginCallRow]:
        """What accounts lacked that covers protect; a provider those that it paid for, and those unpaid that it may."""
        return self._list(rows.MarginCallRow, "margin-calls", asked)

    def get_margin_call(self, margin_call_id: str) -> rows.MarginCallRow:
        """One margin call, with what is owed of it now."""
        return self._get(rows.MarginCallRow, f"margin-calls/{margin_call_id}")

    def list_repos(self, **asked: Unpack[inputs.ListRepos]) -> Iterator[rows.RepoRow]:
        """What insurers lent to a venue's fund; a provider those of covers that it insures."""
        return self._list(rows.RepoRow, "repos", asked)

    def get_repo(self, repo_id: str) -> rows.RepoRow:
        """One repo, with what is owed of it now."""
        return self._get(rows.RepoRow, f"repos/{repo_id}")

    def list_claims(self, **asked: Unpack[inputs.ListClaims]) -> Iterator[rows.ClaimRow]:
        """What covers owe of a venue's loss events; a provider those of covers that it insures."""
        return self._list(rows.ClaimRow, "claims", asked)

    def get_claim(self, claim_id: str) -> rows.ClaimRow:
        """One claim."""
        return self._get(rows.ClaimRow, f"claims/{claim_id}")

    def list_assessments(self, **asked: Unpack[inputs.ListAssessments]) -> Iterator[rows.AssessmentRow]:
        """What a venue calls its providers for beyond what they contributed, or a provider's own."""
        return self._list(rows.AssessmentRow, "assessments", asked)

    def get_assessment(self, assessment_id: str) -> rows.AssessmentRow:
        """One assessment: of a venue's, or a provider's own."""
        return self._get(rows.AssessmentRow, f"assessments/{assessment_id}")

    def list_balances(self, **asked: Unpack[inputs.ListBalances]) -> Iterator[rows.BalanceRow]:
        """A provider's collateral; or the venue's own accounts: its fund, fees, penalties and so on."""
        return self._list(rows.BalanceRow, "balances", asked)

    def list_bids(self, **asked: Unpack[inputs.ListBids]) -> Iterator[rows.BidRow]:
        """The provider's own bids; what they offer is hidden until their auction is decided."""
        return self._list(rows.BidRow, "bids", asked)

    def get_bid(self, bid_id: str) -> rows.BidRow:
        """One bid of the provider's; what it offers is hidden until its auction is decided."""
        return self._get(rows.BidRow, f"bids/{bid_id}")

    def list_books(self, **asked: Unpack[inputs.ListBooks]) -> Iterator[rows.BookRow]:
        """The venue's books."""
        return self._list(rows.BookRow, "books", asked)

    def get_book(self, book_id: str) -> rows.BookDetailRow:
        """A book with its positions, lots, steps, awards and money."""
        return self._get(rows.BookDetailRow, f"books/{book_id}")

    def get_book_statement(self, book_id: str) -> rows.StatementRow:
        """What became of a book and of its money, for the owner of the account: it names no provider."""
        return self._get(rows.StatementRow, f"books/{book_id}/statement")

    def get_book_transcripts(self, book_id: str) -> dict[str, Any]:
        """The signed chain of a book, from intake to close, and the transcripts of its sealed auctions."""
        return self._get(dict[str, Any], f"books/{book_id}/transcripts")

    def list_commitments(self, **asked: Unpack[inputs.ListCommitments]) -> Iterator[rows.CommitmentRow]:
        """The provider's own standing bids."""
        return self._list(rows.CommitmentRow, "commitments", asked)

    def get_commitment(self, commitment_id: str) -> rows.CommitmentRow:
        """One standing bid, with the terms in force and those that are announced."""
        return self._get(rows.CommitmentRow, f"commitments/{commitment_id}")

    def get_commitment_capacity(self, commitment_id: str) -> rows.CapacityRow:
        """What is left of a standing bid now, with every cap that counts and those that bind."""
        return self._get(rows.CapacityRow, f"commitments/{commitment_id}/capacity")

    def list_faults(self, **asked: Unpack[inputs.ListFaults]) -> Iterator[rows.FaultRow]:
        """All faults in a venue's books, or a provider's own."""
        return self._list(rows.FaultRow, "faults", asked)

    def get_fault(self, fault_id: str) -> rows.FaultRow:
        """One fault: in a venue's books, or a provider's own."""
        return self._get(rows.FaultRow, f"faults/{fault_id}")

    def list_instruments(self, **asked: Unpack[inputs.ListInstruments]) -> Iterator[rows.InstrumentRow]:
        """The venue's contracts with the terms in force."""
        return self._list(rows.InstrumentRow, "instruments", asked)

    def get_instrument(self, instrument_id: str) -> rows.InstrumentRow:
        """One contract of the venue, with the terms in force."""
        return self._get(rows.InstrumentRow, f"instruments/{instrument_id}")

    def list_inventory(self, **asked: Unpack[inputs.ListInventory]) -> Iterator[rows.InventoryRow]:
        """What the venue's fund holds of each instrument, or once held."""
        return self._list(rows.InventoryRow, "inventory", asked)

    def get_inventory(self, inventory_id: str) -> rows.InventoryRow:
        """What the venue's fund holds of one instrument."""
        return self._get(rows.InventoryRow, f"inventory/{inventory_id}")

    def get_limits(self) -> rows.LimitsOfKeyRow:
        """What is left of each bucket of tokens that your key has, and what each address takes of which."""
        return self._get(rows.LimitsOfKeyRow, "limits")

    def list_drills(self, **asked: Unpack[inputs.ListDrills]) -> Iterator[rows.DrillRow]:
        """Drills: a venue sees how everybody did, a provider how it did itself."""
        return self._list(rows.DrillRow, "drills", asked)

    def get_drill(self, drill_id: str) -> rows.DrillRow:
        """One drill, and how it went."""
        return self._get(rows.DrillRow, f"drills/{drill_id}")

    def list_loss_events(self, **asked: Unpack[inputs.ListLossEvents]) -> Iterator[rows.LossEventRow]:
        """The venue's loss events."""
        return self._list(rows.LossEventRow, "loss-events", asked)

    def get_loss_event(self, loss_event_id: str) -> rows.LossEventRow:
        """One loss event, with what it cost and who paid that in sums."""
        return self._get(rows.LossEventRow, f"loss-events/{loss_event_id}")

    def list_loss_event_addends(
        self, loss_event_id: str, **asked: Unpack[inputs.ListLossEventAddends]
    ) -> Iterator[rows.LossAddendRow]:
        """What a loss event cost."""
        return self._list(rows.LossAddendRow, f"loss-events/{loss_event_id}/addends", asked)

    def get_loss_event_addend(self, loss_event_id: str, addend_id: str) -> rows.LossAddendRow:
        """One addend of a loss event."""
        return self._get(rows.LossAddendRow, f"loss-events/{loss_event_id}/addends/{addend_id}")

    def list_loss_event_payments(
        self, loss_event_id: str, **asked: Unpack[inputs.ListLossEventPayments]
    ) -> Iterator[rows.LossPaymentRow]:
        """Who paid how much of a loss event's addends."""
        return self._list(rows.LossPaymentRow, f"loss-events/{loss_event_id}/payments", asked)

    def get_loss_event_payment(self, loss_event_id: str, payment_id: str) -> rows.LossPaymentRow:
        """One payment of a loss event's addend."""
        return self._get(rows.LossPaymentRow, f"loss-events/{loss_event_id}/payments/{payment_id}")

    def list_loss_event_recoveries(
        self, loss_event_id: str, **asked: Unpack[inputs.ListLossEventRecoveries]
    ) -> Iterator[rows.LossRecoveryRow]:
        """What came back of a loss event."""
        return self._list(rows.LossRecoveryRow, f"loss-events/{loss_event_id}/recoveries", asked)

    def get_loss_event_recovery(self, loss_event_id: str, recovery_id: str) -> rows.LossRecoveryRow:
        """One recovery of a loss event."""
        return self._get(rows.LossRecoveryRow, f"loss-events/{loss_event_id}/recoveries/{recovery_id}")

    def list_loss_event_returns(
        self, loss_event_id: str, **asked: Unpack[inputs.ListLossEventReturns]
    ) -> Iterator[rows.LossReturnRow]:
        """Who has back how much of what came back of a loss event."""
        return self._list(rows.LossReturnRow, f"loss-events/{loss_event_id}/returns", asked)

    def get_loss_event_return(self, loss_event_id: str, return_id: str) -> rows.LossReturnRow:
        """One part of a recovery of a loss event."""
        return self._get(rows.LossReturnRow, f"loss-events/{loss_event_id}/returns/{return_id}")

    def list_obligations(self, **asked: Unpack[inputs.ListObligations]) -> Iterator[rows.ObligationRow]:
        """Who was obliged for what a venue's loss events owed at their end; a provider for what it was itself."""
        return self._list(rows.ObligationRow, "obligations", asked)

    def get_obligation(self, obligation_id: str) -> rows.ObligationRow:
        """One obligation."""
        return self._get(rows.ObligationRow, f"obligations/{obligation_id}")

    def list_covers(self, **asked: Unpack[inputs.ListCovers]) -> Iterator[rows.CoverRow]:
        """A venue's covers, or those that you insure."""
        return self._list(rows.CoverRow, "covers", asked)

    def get_cover(self, cover_id: str) -> rows.CoverRow:
        """One cover: its contract, who signed it, and what its insurers have held."""
        return self._get(rows.CoverRow, f"covers/{cover_id}")

    def get_cover_premium(self, cover_id: str) -> rows.PremiumRow:
        """What a cover costs, by which rates, and how much is left of what was paid in advance."""
        return self._get(rows.PremiumRow, f"covers/{cover_id}/premium")

    def list_markouts(self, **asked: Unpack[inputs.ListMarkouts]) -> Iterator[rows.MarkoutRow]:
        """What is kept of the edge of each award to a provider after 1, 5 and 60 minutes."""
        return self._list(rows.MarkoutRow, "markouts", asked)

    def get_markout(self, markout_id: str) -> rows.MarkoutRow:
        """What is kept of the edge of one award, some minutes later."""
        return self._get(rows.MarkoutRow, f"markouts/{markout_id}")

    def list_conditions(self, **asked: Unpack[inputs.ListConditions]) -> Iterator[rows.MarketConditionsRow]:
        """How each product group's market stands, where the venue ever reported it."""
        return self._list(rows.MarketConditionsRow, "conditions", asked)

    def list_marks(self, **asked: Unpack[inputs.ListMarks]) -> Iterator[rows.ReferenceRow]:
        """What the sources say of each instrument."""
        return self._list(rows.ReferenceRow, "marks", asked)

    def get_me(self) -> rows.MeRow:
        """Whose key this is, and what it may do."""
        return self._get(rows.MeRow, "me")

    def get_me_statements(self) -> rows.MonthsRow:
        """The months that there is a statement of."""
        return self._get(rows.MonthsRow, "me/statements")

    def get_me_statement(self, month: str) -> rows.MonthStatementRow:
        """What moved the provider's money in a month, such as 2026-11, account by account."""
        return self._get(rows.MonthStatementRow, f"me/statements/{month}")

    def get_problem(self, code: str) -> rows.ProblemRow:
        """What a problem's code means."""
        return self._get(rows.ProblemRow, f"problems/{code}")

    def list_providers(self, **asked: Unpack[inputs.ListProviders]) -> Iterator[rows.ProviderRow]:
        """All of a venue's; to a provider itself."""
        return self._list(rows.ProviderRow, "providers", asked)

    def get_provider(self, provider_id: str) -> rows.ProviderRow:
        """One provider of the venue; another is not there for a provider."""
        return self._get(rows.ProviderRow, f"providers/{provider_id}")

    def get_provider_bindings(self, provider_id: str) -> list[rows.BindingRow]:
        """What holds its collateral, or else keeps its money from leaving: what time frees first in front."""
        return self._get(list[rows.BindingRow], f"providers/{provider_id}/bindings")

    def get_provider_default(self, provider_id: str) -> rows.DefaultRow:
        """Its newest default, lapsed or closed as it may be."""
        return self._get(rows.DefaultRow, f"providers/{provider_id}/default")

    def get_provider_exposure(self, provider_id: str) -> list[rows.ExposureRow]:
        """What it holds at marks, gross and net by product group, and its equity and requirement, in each asset."""
        return self._get(list[rows.ExposureRow], f"providers/{provider_id}/exposure")

    def list_readiness(self, **asked: Unpack[inputs.ListReadiness]) -> Iterator[rows.ReadinessRow]:
        """What the provider stands or stood ready for in Dutch auctions."""
        return self._list(rows.ReadinessRow, "readiness", asked)

    def get_readiness(self, readiness_id: str) -> rows.ReadinessRow:
        """One row of what the provider stands ready for."""
        return self._get(rows.ReadinessRow, f"readiness/{readiness_id}")

    def list_settlements(self, **asked: Unpack[inputs.ListSettlements]) -> Iterator[rows.SettlementRow]:
        """All settlements of a venue's books, or a provider's own."""
        return self._list(rows.SettlementRow, "settlements", asked)

    def get_settlement(self, settlement_id: str) -> rows.SettlementRow:
        """One settlement: of a venue's books, or of a provider's awards."""
        return self._get(rows.SettlementRow, f"settlements/{settlement_id}")

    def get_signing_key(self) -> rows.SigningKeyRow:
        """What receipts and transcripts are verified with."""
        return self._get(rows.SigningKeyRow, "signing_key")

    def list_takes(self, **asked: Unpack[inputs.ListTakes]) -> Iterator[rows.TakeRow]:
        """What the provider took in Dutch auctions."""
        return self._list(rows.TakeRow, "takes", asked)

    def get_take(self, take_id: str) -> rows.TakeRow:
        """One take of the provider's."""
        return self._get(rows.TakeRow, f"takes/{take_id}")

    def get_time(self) -> rows.TimeRow:
        """What time it is here: deadlines go by it."""
        return self._get(rows.TimeRow, "time")

    def list_vaults(self, **asked: Unpack[inputs.ListVaults]) -> Iterator[rows.VaultRow]:
        """Vaults with their published edges; a provider sees the pool of its own."""
        return self._list(rows.VaultRow, "vaults", asked)

    def get_vault(self, vault_id: str) -> rows.VaultRow:
        """One vault: its published edges, and what it is worth."""
        return self._get(rows.VaultRow, f"vaults/{vault_id}")

    def list_vault_deposits(
        self, vault_id: str, **asked: Unpack[inputs.ListVaultDeposits]
    ) -> Iterator[rows.VaultDepositRow]:
        """What was put in a vault, or waits to be."""
        return self._list(rows.VaultDepositRow, f"vaults/{vault_id}/deposits", asked)

    def get_vault_deposit(self, vault_id: str, deposit_id: str) -> rows.VaultDepositRow:
        """One deposit, and the shares that it was given."""
        return self._get(rows.VaultDepositRow, f"vaults/{vault_id}/deposits/{deposit_id}")

    def list_vault_withdrawals(
        self, vault_id: str, **asked: Unpack[inputs.ListVaultWithdrawals]
    ) -> Iterator[rows.VaultWithdrawalRow]:
        """Shares that leave a vault."""
        return self._list(rows.VaultWithdrawalRow, f"vaults/{vault_id}/withdrawals", asked)

    def get_vault_withdrawal(self, vault_id: str, withdrawal_id: str) -> rows.VaultWithdrawalRow:
        """One withdrawal, and what of it is paid."""
        return self._get(rows.VaultWithdrawalRow, f"vaults/{vault_id}/withdrawals/{withdrawal_id}")

    def list_transfers(self, **asked: Unpack[inputs.ListTransfers]) -> Iterator[rows.TransferRow]:
        """What moved into or out of the accounts that are one's own."""
        return self._list(rows.TransferRow, "transfers", asked)

    def get_transfer(self, transfer_id: str) -> rows.TransferRow:
        """One amount that moved into or out of an account of one's own."""
        return self._get(rows.TransferRow, f"transfers/{transfer_id}")

    def get_venue_waterfall(self, venue_id: str) -> rows.LossPlanRow:
        """The loss plan: whose money pays what loss events cost, in which order."""
        return self._get(rows.LossPlanRow, f"venues/{venue_id}/waterfall")

    def list_fee_schedules(self, **asked: Unpack[inputs.ListFeeSchedules]) -> Iterator[rows.FeeScheduleRow]:
        """What is paid for service in each product group, by version."""
        return self._list(rows.FeeScheduleRow, "fee-schedules", asked)

    def get_fee_schedule(self, schedule_id: str) -> rows.FeeScheduleRow:
        """One version of what is paid for service in a product group."""
        return self._get(rows.FeeScheduleRow, f"fee-schedules/{schedule_id}")

    def list_me_service(self, **asked: Unpack[inputs.ListMeService]) -> Iterator[rows.ServiceStatementRow]:
        """The provider's months of service, as they were stated and paid."""
        return self._list(rows.ServiceStatementRow, "me/service", asked)

    def get_me_service(self, statement_id: str) -> rows.ServiceStatementRow:
        """One month of the provider's service in a product group."""
        return self._get(rows.ServiceStatementRow, f"me/service/{statement_id}")

    def list_me_service_rebates(self, **asked: Unpack[inputs.ListMeServiceRebates]) -> Iterator[rows.ServiceRebateRow]:
        """The provider's rebates, book by book."""
        return self._list(rows.ServiceRebateRow, "me/service/rebates", asked)

    def get_me_service_rebate(self, rebate_id: str) -> rows.ServiceRebateRow:
        """The rebate for one book."""
        return self._get(rows.ServiceRebateRow, f"me/service/rebates/{rebate_id}")

    def list_me_service_days(self, **asked: Unpack[inputs.ListMeServiceDays]) -> Iterator[rows.ServiceDayRow]:
        """How the provider stood ready in each product group, day by day."""
        return self._list(rows.ServiceDayRow, "me/service/days", asked)

    def get_me_service_day(self, score_id: str) -> rows.ServiceDayRow:
        """How the provider stood ready in a product group on one day."""
        return self._get(rows.ServiceDayRow, f"me/service/days/{score_id}")

    def list_me_service_answers(self, **asked: Unpack[inputs.ListMeServiceAnswers]) -> Iterator[rows.ServiceAnswerRow]:
        """The lots that the provider was asked for, and whether it answered."""
        return self._list(rows.ServiceAnswerRow, "me/service/answers", asked)

    def get_me_service_answer(self, answer_id: str) -> rows.ServiceAnswerRow:
        """Whether the provider answered for one lot."""
        return self._get(rows.ServiceAnswerRow, f"me/service/answers/{answer_id}")
