"""Whatever a provider does. All raise `ApiRefused`."""

from collections.abc import Sequence
from typing import Unpack

from . import inputs, rows
from .connection import Connection

AnyBid = inputs.BidAnywhereInput | inputs.SealedBidAnywhereInput


class Providing(Connection):
    """Bids, takes, readiness and standing bids, and what a provider says of itself."""

    def place_bid(self, auction_id: str, **bid: Unpack[inputs.BidInput]) -> rows.PlacedBidRow:
        """Bid in a sealed auction; the same `client_bid_id` again with the same content is the same bid."""
        return self._write(rows.PlacedBidRow, "POST", f"auctions/{auction_id}/bids", bid, repeatable=True)

    def place_sealed_bid(self, auction_id: str, **bid: Unpack[inputs.SealedBidInput]) -> rows.PlacedBidRow:
        """Bid in an auction whose offers are sealed by who makes them (`sealed_by` PROVIDER)."""
        return self._write(rows.PlacedBidRow, "POST", f"auctions/{auction_id}/bids", bid, repeatable=True)

    def place_bids(self, bids: Sequence[AnyBid], *, atomic: bool = False) -> rows.PlacedBidsRow:
        """Bid up to 100 times, in one auction or in many; each succeeds or fails alone, or if `atomic` with all."""
        return self._write(rows.PlacedBidsRow, "POST", "bids", {"bids": bids, "atomic": atomic}, repeatable=True)

    def cancel_bid(self, bid_id: str) -> rows.BidRow:
        """Take a bid back, before its auction's window is over; the same again answers the same."""
        return self._write(rows.BidRow, "DELETE", f"bids/{bid_id}", repeatable=True)

    def cancel_all(self) -> rows.CancelledRow:
        """Take back, in all auctions, every bid that may be taken back now."""
        return self._write(rows.CancelledRow, "POST", "cancel-all")

    def cancel_all_after(self, seconds: int) -> rows.SwitchRow:
        """A dead man's switch: unless you ask again within so many seconds, what `cancel_all` takes back is taken back
        then; with 0 nothing is."""
        return self._write(rows.SwitchRow, "POST", "cancel-all-after", {"seconds": seconds}, repeatable=True)

    def reconfirm_bid(self, bid_id: str) -> rows.BidRow:
        """Say after a long halt that one bid still stands."""
        return self._write(rows.BidRow, "POST", f"bids/{bid_id}/reconfirm")

    def reconfirm_bids(self, auction_id: str) -> rows.ReconfirmedRow:
        """Say after a long halt that all your live bids in an auction stand."""
        return self._write(rows.ReconfirmedRow, "POST", f"auctions/{auction_id}/bids/reconfirm")

    def take_units(self, auction_id: str, **take: Unpack[inputs.TakeInput]) -> rows.TakeRow:
        """Take units of a Dutch auction at the edge of this instant; once for each `client_bid_id`."""
        return self._write(rows.TakeRow, "POST", f"auctions/{auction_id}/takes", take, repeatable=True)

    def take_lot_over(self, lot_id: str, **take: Unpack[inputs.TakeOverInput]) -> rows.TakenOverRow:
        """Take over, as insurer, what is left of a lot before its first auction: up to so many units."""
        return self._write(rows.TakenOverRow, "POST", f"lots/{lot_id}/take-over", take)

    def stand_ready(self, auction_id: str, **word: Unpack[inputs.ReadinessInput]) -> rows.ReadinessRow:
        """Give a firm word to take units of a Dutch auction before it ends; once for each `client_bid_id`."""
        return self._write(rows.ReadinessRow, "POST", f"auctions/{auction_id}/ready", word, repeatable=True)

    def reconfirm_readiness(self, auction_id: str) -> rows.StandsReadyRow:
        """Say after a long halt that you still stand ready for all that you did in an auction."""
        return self._write(rows.StandsReadyRow, "POST", f"auctions/{auction_id}/ready/reconfirm")

    def propose_commitment(self, **terms: Unpack[inputs.CommitmentInput]) -> rows.CommitmentRow:
        """Propose a standing bid for the venue, a product group or an instrument; it stands once the venue approves."""
        return self._write(rows.CommitmentRow, "POST", "commitments", terms)

    def change_commitment(self, commitment_id: str, **terms: Unpack[inputs.PatchedTermsInput]) -> rows.CommitmentRow:
        """Change some terms; what gets worse for the venue takes effect after its notice."""
        return self._write(rows.CommitmentRow, "PATCH", f"commitments/{commitment_id}", terms)

    def withdraw_commitment(self, commitment_id: str) -> rows.CommitmentRow:
        """Withdraw a standing bid: it ends once the venue's notice is over."""
        return self._write(rows.CommitmentRow, "DELETE", f"commitments/{commitment_id}")

    def contest_fault(self, fault_id: str, **why: Unpack[inputs.ContestInput]) -> rows.FaultRow:
        """Say that a fault was none of yours, and why: an arbiter decides, and until then it costs nothing."""
        return self._write(rows.FaultRow, "POST", f"faults/{fault_id}/contest", why)

    def leave_guarantee(self) -> rows.NoticeRow:
        """Give notice: you owe nothing for later loss events."""
        return self._write(rows.NoticeRow, "POST", "contributions/leave")

    def rejoin_guarantee(self) -> rows.NoticeRow:
        """Take your notice back: you are obliged for loss events that open from now on."""
        return self._write(rows.NoticeRow, "POST", "contributions/rejoin")

    def accept_terms(self, version: str) -> rows.ProviderRow:
        """Accept a version of the venue's terms."""
        return self._write(rows.ProviderRow, "POST", "me/terms", {"version": version})

    def sign_cover(self, cover_id: str, **said: Unpack[inputs.CoverSignatureInput]) -> rows.CoverRow:
        """Sign the contract of a cover that you insure, by a key that you registered."""
        return self._write(rows.CoverRow, "POST", f"covers/{cover_id}/sign", said, repeatable=True)

    def answer_claim(self, claim_id: str) -> rows.ClaimRow:
        """Answer that a cover that you insure pays."""
        return self._write(rows.ClaimRow, "POST", f"claims/{claim_id}/answer", {}, repeatable=True)

    def dispute_claim(self, claim_id: str, **said: Unpack[inputs.DisputeInput]) -> rows.ClaimRow:
        """Dispute an amount of a claim: the rest is due at once."""
        return self._write(rows.ClaimRow, "POST", f"claims/{claim_id}/dispute", said, repeatable=True)

    def cure_margin_call(self, margin_call_id: str) -> rows.MarginCallRow:
        """Pay what an account that you insure lacks: it is owed to you."""
        return self._write(rows.MarginCallRow, "POST", f"margin-calls/{margin_call_id}/cure", {}, repeatable=True)

    def give_notice(self, cover_id: str, reason: str) -> rows.CoverRow:
        """Give notice of a cover: once it is over, the cover stands for no further loss event."""
        return self._write(rows.CoverRow, "POST", f"covers/{cover_id}/notice", {"reason": reason}, repeatable=True)
