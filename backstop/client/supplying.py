"""Whatever a venue's programs send: marks, books, what becomes of settlements, and reports. All raise `ApiRefused`.

What has to be confirmed by another person is answered as a `PendingRow`.
"""

from collections.abc import Sequence
from typing import Unpack

from . import inputs, rows
from .connection import Connection


class Supplying(Connection):
    """What a venue tells the market. What its people decide they do in the admin."""

    def set_marks(self, marks: Sequence[inputs.Quote]) -> rows.MarksTaken:
        """Set the reference prices of up to 1,000 instruments: all of them, or none."""
        return self._write(rows.MarksTaken, "POST", "marks", {"marks": marks}, repeatable=True)

    def report_conditions(self, **said: Unpack[inputs.MarketConditionsInput]) -> rows.MarketConditionsRow:
        """Report how the market of a product group is; answers with the regime that this makes."""
        return self._write(rows.MarketConditionsRow, "POST", "conditions", said)

    def send_books(self, books: Sequence[inputs.BookInput]) -> list[rows.ReceivedBookRow]:
        """Hand in up to 1,000 books: all of them or none, and each `reference` once."""
        return self._write(rows.BooksRow, "POST", "books", {"books": books}, repeatable=True)["books"]

    def open_drill(self, **book: Unpack[inputs.DrillInput]) -> rows.DrillRow:
        """Send a book that is nobody's through the market for practice: each `reference` once."""
        return self._write(rows.DrillRow, "POST", "drills", book, repeatable=True)

    def amend_book(self, book_id: str, **book: Unpack[inputs.AmendmentInput]) -> rows.BookRow | rows.PendingRow:
        """Amend a book until its first award: what is sent takes the place of `expected_version`."""
        return self._ask_for(rows.BookRow, "PUT", f"books/{book_id}", book)

    def withdraw_book(self, book_id: str, reason: str) -> rows.BookRow | rows.PendingRow:
        """Take a book back until its first award, as it came."""
        return self._ask_for(rows.BookRow, "POST", f"books/{book_id}/withdraw", {"reason": reason})

    def retry_book(self, book_id: str, reason: str) -> rows.BookRow:
        """Try again at once what stands aside of a book because something unexpected happened to it."""
        return self._write(rows.BookRow, "POST", f"books/{book_id}/retry", {"reason": reason})

    def confirm_settlement(self, settlement_id: str) -> rows.SettlementRow | rows.PendingRow:
        """Say that an award can be settled; it is then carried out."""
        return self._ask_for(rows.SettlementRow, "POST", f"settlements/{settlement_id}/confirm", {})

    def reject_settlement(
        self, settlement_id: str, **why: Unpack[inputs.RejectionInput]
    ) -> rows.SettlementRow | rows.PendingRow:
        """Say that an award cannot be settled, why, and by whose fault: its units are offered again."""
        return self._ask_for(rows.SettlementRow, "POST", f"settlements/{settlement_id}/reject", why)

    def confirm_fill(self, fill_id: str) -> rows.AllocationFillRow:
        """Say that an account gives what was allocated to it of a loss: `taken` is what is needed of it."""
        return self._write(rows.AllocationFillRow, "POST", f"allocation-fills/{fill_id}/confirm", {})

    def refuse_fill(self, fill_id: str, reason: str) -> rows.AllocationFillRow:
        """Say that an account gives nothing of what was allocated to it, and why."""
        return self._write(rows.AllocationFillRow, "POST", f"allocation-fills/{fill_id}/refuse", {"reason": reason})

    def report_holdings(self, provider_id: str, **report: Unpack[inputs.HoldingsInput]) -> rows.HoldingsRow:
        """Report all that a provider holds; awards after `included_sequence` count on top."""
        return self._write(rows.HoldingsRow, "PUT", f"providers/{provider_id}/holdings", report)

    def report_exposure(self, provider_id: str, **report: Unpack[inputs.ExposureInput]) -> rows.ExposureRow:
        """Report a provider's equity and margin requirement, with its settlements up to `included_sequence`."""
        return self._write(rows.ExposureRow, "PUT", f"providers/{provider_id}/exposure", report)

    def move_contribution(self, **move: Unpack[inputs.ContributionInput]) -> rows.CollateralRow | rows.PendingRow:
        """Pay in what a provider contributes to the guarantee, or below zero pay it out, once for each `reference`."""
        return self._ask_for(rows.CollateralRow, "POST", "contributions", move)

    def pay_assessment(self, assessment_id: str) -> rows.AssessmentRow | rows.PendingRow:
        """Take what a provider was called for out of its free collateral, or of what is overdue as much as is there."""
        return self._ask_for(rows.AssessmentRow, "POST", f"assessments/{assessment_id}/pay", {})

    def deposit_in_vault(
        self, vault_id: str, **deposit: Unpack[inputs.VaultDepositInput]
    ) -> rows.VaultDepositRow | rows.PendingRow:
        """Put a depositor's money in a vault, for shares; once for each `reference`."""
        return self._ask_for(rows.VaultDepositRow, "POST", f"vaults/{vault_id}/deposits", deposit)

    def withdraw_from_vault(
        self, vault_id: str, **withdrawal: Unpack[inputs.VaultWithdrawalInput]
    ) -> rows.VaultWithdrawalRow | rows.PendingRow:
        """Let shares of a depositor leave a vault; once for each `reference`."""
        return self._ask_for(rows.VaultWithdrawalRow, "POST", f"vaults/{vault_id}/withdrawals", withdrawal)

    def move_collateral(self, **move: Unpack[inputs.CollateralInput]) -> rows.CollateralRow | rows.PendingRow:
        """Put collateral in for a provider, or with an amount below zero take it out; once for each `reference`."""
        return self._ask_for(rows.CollateralRow, "POST", "collateral", move)
