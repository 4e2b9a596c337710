"""Who may take part, and who counts as one: auctions under way keep the answers of their opening, and are told when
they change.

Whatever decides on an auction finds the same answer in it: a change is written under the auction's lock, held alone. It
voids the bids and the readiness of those that may not take part any more.
"""

from collections import defaultdict
from functools import cached_property
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.desks.journal import Journal
from accounts.models import Provider
from auctions.desks.bids import accounts_of_offers, void_bids
from auctions.desks.cut_bids import accounts_of_cut, lock_between, write_ended
from auctions.desks.offers import void_offers
from auctions.desks.work import Work, load_work
from auctions.lifecycle import UNDER_WAY, BidState, CutBidState, ReadinessState
from auctions.models import AtFault, Auction, Bid, Book, CutBid, Lot, Readiness, Step
from auctions.rules.eligibility import Candidate, excluded_providers
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes

NOT_ANY_MORE = "its provider may not take part any more"


def candidate_of(provider: Provider) -> Candidate:
    """A provider as the rules see it."""
    return Candidate(provider.id, provider.group_id, not provider.may_offer)


_KEEPS_AN_ANSWER = (
    Q(step__lot__book__owner_group__isnull=False)
    | Q(step__lot__book__owned_by_fund=True)
    | Q(step__lot__in=Lot.objects.filter(steps__awards__settlement__fault=AtFault.PROVIDER))
)


class ParticipantDesk:
    """Auctions under way, locked alone while it changes who may take part in them."""

    def __init__(self, auctions: QuerySet[Auction], leaving: Provider | None = None) -> None:
        self._leaving = frozenset({leaving.id} if leaving else ())
        self._between: list[CutBid] = []
        ids = list(auctions.filter(state__in=UNDER_WAY).values_list("id", flat=True))
        lock(Lock.AUCTION, ids)
        self.auctions = {
            auction.step_id: auction for auction in Auction.objects.filter(id__in=ids, state__in=UNDER_WAY)
        }

    @classmethod
    def of_venue(cls, venue_id: UUID) -> "ParticipantDesk":
        """For a change of providers or groups: until it is committed, nothing is opened or restarted in the venue."""
        lock(Lock.BREAKER, [venue_id])
        return cls(Auction.objects.filter(_KEEPS_AN_ANSWER, venue=venue_id))

    @classmethod
    def of_default(cls, provider: Provider) -> "ParticipantDesk":
        """For a provider's default, whose venue's breaker is held alone: whatever it has bid anywhere is void."""
        desk = cls(Auction.objects.filter(venue=provider.venue_id), leaving=provider)
        desk._between = lock_between(provider=provider)
        return desk

    @classmethod
    def of_lot(cls, lot_id: UUID) -> "ParticipantDesk":
        """For a provider's fault in a lot, whose book is locked."""
        return cls(Auction.objects.filter(step__lot=lot_id))

    @property
    def accounts(self) -> list[UUID]:
        """Those that bids and readiness which may get void hold something of: for the journal that `void` is given."""
        of_offers = accounts_of_offers([auction.id for auction in self.auctions.values()])
        return list({*of_offers.values(), *accounts_of_cut(self._between).values()})

    def write(self) -> None:
        """Write what the rows of providers and groups, as they are written already, say of all these auctions."""
        journal = Journal.opened(self.accounts)
        self.void(journal)
        journal.write()

    def void(self, journal: Journal) -> None:
        """Write who may take part now, by the rows as they are written already; what others had bid is void."""
        left: dict[frozenset[UUID], list[UUID]] = defaultdict(list)  # the auctions that the same providers leave
        for work in self._works:
            auction = self.auctions[work.step.id]
            excluded = excluded_providers(self._candidates, work.exclusions)
            before = frozenset(auction.excluded_providers)
            if excluded != before:
                auction.exclude(excluded)
            if gone := (excluded - before) | (self._leaving if auction.id in self._offered_by_leaving else frozenset()):
                left[gone].append(auction.id)
        save_changes(self.auctions.values())
        now = clock.now()
        void_offers(self._between, NOT_ANY_MORE, journal, accounts_of_cut(self._between), now)
        write_ended(self._between)
        for providers, auction_ids in left.items():
            void_bids(auction_ids=auction_ids, reason=NOT_ANY_MORE, journal=journal, now=now, provider_ids=providers)

    @cached_property
    def _offered_by_leaving(self) -> set[UUID]:
        """The auctions in which whoever leaves has a word that stands."""
        bids = Bid.objects.filter(provider__in=self._leaving, state=BidState.LIVE)
        ready = Readiness.objects.filter(provider__in=self._leaving, state=ReadinessState.LIVE)
        cut = CutBid.objects.filter(provider__in=self._leaving, state=CutBidState.LIVE, waits_in__isnull=False)
        return {
            *bids.values_list("auction", flat=True),
            *ready.values_list("auction", flat=True),
            *cut.values_list("waits_in", flat=True),
        }

    # What follows is read when it is first asked for: what has changed is written by then.

    @cached_property
    def _works(self) -> list[Work]:
        books = Book.objects.filter(lots__steps__in=self.auctions).select_related("playbook", "asset").distinct()
        return load_work(Step.objects.filter(id__in=self.auctions), list(books), clock.now())

    @cached_property
    def _candidates(self) -> list[Candidate]:
        venues = {work.book.venue_id for work in self._works}
        return [candidate_of(provider) for provider in Provider.objects.filter(venue__in=venues)]
