"""The accounts that settlements move money between: who is who for an award, and what is held for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from accounts.models import Account, AccountKind
from auctions.models import Award, Beneficiary, Book
from backstop.models import Asset


@dataclass(frozen=True, slots=True)
class Parties:
    """The accounts that one award moves money between. `taker` pays for spot; only a provider earns and delivers."""

    clearing: UUID
    fund: UUID
    estate: UUID
    debt: UUID
    taker: UUID


class BookAccounts:
    """All accounts of some locked books, their venues and these providers, opened in one journal with `others`."""

    def __init__(self, books: Sequence[Book], provider_ids: set[UUID], others: Collection[UUID] = ()) -> None:
        assets: dict[UUID, Asset] = {book.asset_id: book.asset for book in books}
        self.venue = {key: venue_accounts(asset.venue_id, asset) for key, asset in assets.items()}
        rows = Account.objects.filter(provider__in=provider_ids, asset__in=assets, kind=AccountKind.COLLATERAL)
        self.collateral = {(row.provider_id, row.asset_id): row.id for row in rows}
        self.journal = Journal.opened(
            [
                *(account for accounts in self.venue.values() for account in accounts.values()),
                *self.collateral.values(),
                *(account for book in books for account in (book.estate_id, book.debt_id)),
                *others,
            ]
        )

    def parties(self, book: Book, award: Award) -> Parties:
        """Who is who in the settlement of this award."""
        venue = self.venue[book.asset_id]
        taker = venue[AccountKind.CLEARING]
        if award.beneficiary == Beneficiary.FUND:
            taker = venue[AccountKind.FUND]
        elif award.beneficiary == Beneficiary.PROVIDER:
            taker = self.collateral[award.provider_id, book.asset_id]
        return Parties(venue[AccountKind.CLEARING], venue[AccountKind.FUND], book.estate_id, book.debt_id, taker)

    def release(self, award: Award, who: Parties) -> None:
        """Let go of all that is held for an award, because it is carried out now or never will be."""
        self.journal.release(who.estate, award.estate_held)
        self.journal.release(who.fund, award.fund_held)
        if award.collateral_held:
            self.journal.release(who.taker, award.collateral_held)
        award.release()
