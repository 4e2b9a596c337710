"""Who may take part: auctions under way keep the answer of their opening, and are told when it changes.

Whatever decides on an auction finds the same answer in it: a change is written under the auction's lock, held alone,
and voids the bids of those that may not take part any more.
"""

from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.journal import Journal
from accounts.models import Provider
from auctions.desks.bids import accounts_of_bids, void_bids
from auctions.desks.work import load_work
from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction, Book, Step
from auctions.rules.eligibility import Candidate, excluded_providers
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes

NOT_ANY_MORE = "its provider may not take part any more"


def candidate_of(provider: Provider) -> Candidate:
    """A provider as the rules see it."""
    return Candidate(provider.id, provider.group_id, provider.is_suspended)


class ParticipantDesk:
    """Auctions under way, locked alone while it changes who may take part in them."""

    def __init__(self, auctions: QuerySet[Auction]) -> None:
        ids = list(auctions.filter(state__in=UNDER_WAY).values_list("id", flat=True))
        lock(Lock.AUCTION, ids)
        self.auctions = {
            auction.step_id: auction for auction in Auction.objects.filter(id__in=ids, state__in=UNDER_WAY)
        }

    @classmethod
    def of_venue(cls, venue_id: UUID) -> "ParticipantDesk":
        """For a change of providers or groups: until it is committed, nothing is opened or restarted in the venue."""
        lock(Lock.BREAKER, [venue_id])
        return cls(Auction.objects.filter(venue=venue_id, step__lot__book__owner_group__isnull=False))

    @classmethod
    def of_lot(cls, lot_id: UUID) -> "ParticipantDesk":
        """For a provider's fault in a lot, whose book is locked."""
        return cls(Auction.objects.filter(step__lot=lot_id))

    @property
    def accounts(self) -> list[UUID]:
        """Those that bids which may get void hold something of: for the journal that `void` is given."""
        return list(accounts_of_bids([auction.id for auction in self.auctions.values()]).values())

    def write(self) -> None:
        """`void`, where nothing else is done to accounts."""
        journal = Journal.opened(self.accounts)
        self.void(journal)
        journal.write()

    def void(self, journal: Journal) -> None:
        """Write who may take part now, by the rows as they are written already; what others had bid is void."""
        left: dict[UUID, frozenset[UUID]] = {}
        for auction, excluded in self._excluded_now():
            before = frozenset(auction.excluded_providers)
            if excluded != before:
                auction.exclude(excluded)
                left[auction.id] = excluded - before
        if not left:
            return
        save_changes(self.auctions.values())
        now = clock.now()
        for auction_id, providers in left.items():
            void_bids(auction_ids=[auction_id], reason=NOT_ANY_MORE, journal=journal, now=now, provider_ids=providers)

    def _excluded_now(self) -> list[tuple[Auction, frozenset[UUID]]]:
        """Who takes no part in each of the auctions, by the rows as they are written."""
        books = Book.objects.filter(lots__steps__in=self.auctions).select_related("playbook", "asset").distinct()
        works = load_work(Step.objects.filter(id__in=self.auctions), list(books))
        candidates: dict[UUID, list[Candidate]] = {}
        for provider in Provider.objects.filter(venue__in={work.book.venue_id for work in works}):
            candidates.setdefault(provider.venue_id, []).append(candidate_of(provider))
        return [
            (
                self.auctions[work.step.id],
                excluded_providers(candidates.get(work.book.venue_id, []), work.exclusions),
            )
            for work in works
        ]
