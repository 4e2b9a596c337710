"""Repos, and the covers whose insurers lend: drawn by their parts out of their collateral, and repaid into it.

Guarantees that no more is drawn of a cover than it lends, that each insurer has back what it lent with its part of the
interest, and that what may be drawn is pledged. Venues are locked for losses, their covers too.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.desks.covers import lock_covers
from accounts.desks.journal import Journal
from accounts.desks.pledges import Pledges, most_paid
from accounts.events import RepoDrawn, RepoOverdue, RepoRepaid, RepoWrittenOff
from accounts.lifecycle import IN_FORCE, REPO, RepoState
from accounts.models import AccountKind, Cover, Purpose, Repo, RepoRepayment
from accounts.queries import NO_CLAIMS, list_open_limits, sum_claims
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.covers import by_insurer
from accounts.rules.sharing.receivables import Owed
from accounts.rules.sharing.repos import EndingSale
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import difference, from_smallest, to_smallest, total
from backstop.values.splitting import split_within


class RepoDesk:
    """Repos of these covers, which are locked; what is lent and repaid goes into the journal that `count_in` names,
    which holds `accounts`."""

    def __init__(self, covers: Iterable[Cover], repos: Iterable[Repo], now: datetime) -> None:
        self._covers = {cover.id: cover for cover in covers}
        self.repos = list(repos)
        self._now = now
        for repo in self.repos:
            repo.cover = self._covers[repo.cover_id]
        self._owed = {repo.id: repo.owed_at(now) for repo in self.repos}
        self._earned = {repo.id: total(each.interest for each in repo.repayments.all()) for repo in self.repos}
        self._pledges = Pledges(list(self._covers.values()), ())
        self._open_limits = list_open_limits(self._covers.values())
        self._claimed = sum_claims(self._covers, but_of=()) if self._covers else {}
        self._repayments: list[RepoRepayment] = []
        self._told: list[DomainEvent] = []

    @property
    def accounts(self) -> Collection[UUID]:
        """The insurers' collateral."""
        return self._pledges.accounts.values()

    def count_in(self, journal: Journal) -> None:
        """Move by this journal, which is written after."""
        self._journal = journal
        self._pledges.count_in(journal)

    def owed_for(self, repo: Repo) -> Owed:
        """What is owed of one of these repos now."""
        return self._owed[repo.id]

    def draw(self, repo: Repo, fund: UUID, reason: str) -> None:
        """Have its cover's insurers lend what a new repo is of, first out of what they have held to lend: who lacks
        something for losses lends all the same. Raises `collateral_insufficient` where one has less than its part, or
        would lack more than before."""
        cover = repo.cover
        self.repos.append(repo)
        lacked = {share.id: share.lacking for share in cover.shares.all()}
        parts = self._parts(cover, repo.amount)
        for share in cover.shares.all():
            part = parts[share.provider_id]
            own = self._pledges.let_go(share, part)
            self._journal.move(own, fund, part, Purpose.REPO_DRAWN, repo.id)
            self._told.append(_drawn(repo, share.provider_id, part, reason))
        cover.drawn = total([cover.drawn, repo.amount])
        self._level(cover)
        is_short = any(self._journal.free(account) < 0 for account in self.accounts)
        if is_short or any(share.lacking > lacked[share.id] for share in cover.shares.all()):
            raise AccountRefusal.COLLATERAL_INSUFFICIENT.error("an insurer has less than its part free to lend")

    def repay(
        self, repo: Repo, source: UUID, amount: Decimal, repayment: RepoRepayment, book: UUID | None = None
    ) -> None:
        """Repay so much of what is owed of one of the repos, at most all, out of an account, by this new row of it;
        nothing for zero."""
        if not amount:
            return
        cover, before = repo.cover, repo.left
        repayment.repo = repo
        self._owed[repo.id] = repayment.be_of(repo, self._owed[repo.id], amount, self._now)
        self._repayments.append(repayment)
        cover.drawn = difference(cover.drawn, repayment.principal)
        principals = self._share(cover, difference(repo.amount, before), repayment.principal)
        interest = self._share(cover, self._earned[repo.id], repayment.interest)
        self._earned[repo.id] = total([self._earned[repo.id], repayment.interest])
        left = self._share(cover, difference(repo.amount, repo.left), repo.left)
        for provider_id, principal in principals.items():
            own = self._pledges.accounts[provider_id, cover.asset_id]
            back = Owed(principal, interest[provider_id])
            self._journal.move(source, own, back.amount, Purpose.REPO_REPAID, repayment.id)
            if back.amount:
                self._told.append(_repaid(repayment, provider_id, back, left[provider_id], book))
        self._level(cover)

    def repay_by_sale(self, instrument_id: UUID, sale: EndingSale, source: UUID, most: Decimal, book: UUID) -> Decimal:
        """Repay what was lent against an instrument that was sold: at most so much out of an account, and how much that
        was. Its lenders share by what was offered of their pledges; what they leave repays what fell due of others, the
        oldest first. What was sold of these pledges is pledged no more."""
        pledging = [each for each in self.repos if each.instrument_id == instrument_id]
        by_id = sorted(pledging, key=lambda each: each.id)
        offered = sale.offered([each.pledged_since for each in by_id])
        left = most
        for repo, part in zip(by_id, self._parts_of(most, by_id, offered), strict=True):
            left = difference(left, self._repay_of_sale(repo, source, part, book))
        for repo in pledging:
            if repo.due_at <= self._now:
                left = difference(left, self._repay_of_sale(repo, source, left, book))
        for repo, sold in zip(by_id, sale.sold_of([each.pledged_since for each in by_id]), strict=True):
            if sold:
                repo.unpledge(sold, self._now)
        return difference(most, left)

    def end_lines(self) -> None:
        """Nothing of these covers may be drawn any more: their insurers hold for losses alone."""
        for cover in self._covers.values():
            self._level(cover)

    def be_overdue(self, repo: Repo) -> None:
        """Its time is over, and what is owed of it could not be repaid."""
        if repo.state != RepoState.OPEN:
            return
        repo.move_to(RepoState.OVERDUE, self._now)
        for provider_id, part in self._owed_to_each(repo).items():
            whose = _whose(repo, provider_id)
            self._told.append(RepoOverdue(**whose, left=part.principal, interest=part.interest))

    def write_off(self, repo: Repo) -> None:
        """Nothing is left to repay by what is owed of it: that is owed no more. It is not lent again, and so stays
        drawn of its cover."""
        for provider_id, part in self._owed_to_each(repo).items():
            whose = _whose(repo, provider_id)
            self._told.append(RepoWrittenOff(**whose, written_off=part.principal, interest=part.interest))
        repo.write_off(self._now)

    @requires_transaction
    def write(self) -> None:
        """Write repos, what came back and what is held; the journal is written after."""
        new = [repo for repo in self.repos if repo._state.adding]
        Repo.objects.bulk_create(new)
        save_changes([*self._covers.values(), *(repo for repo in self.repos if repo not in new)])
        RepoRepayment.objects.bulk_create(self._repayments)
        record_events([*self._told, *self._pledges.write()])

    def _repay_of_sale(self, repo: Repo, source: UUID, most: Decimal, book: UUID) -> Decimal:
        amount = min(self._owed[repo.id].amount, most)
        self.repay(repo, source, amount, RepoRepayment(paid_by=AccountKind.ESTATE.value), book)
        return amount

    def _parts_of(self, amount: Decimal, repos: Sequence[Repo], weights: Sequence[Decimal]) -> list[Decimal]:
        """What each is repaid of so much, by these weights, at most what is owed of it: what it does not need the
        others share."""
        scale = max((repo.cover.asset.scale for repo in repos), default=0)
        owed = [to_smallest(self._owed[repo.id].amount, scale) for repo in repos]
        return [from_smallest(part, scale) for part in split_within(to_smallest(amount, scale), weights, owed)]

    def _level(self, cover: Cover) -> None:
        """Have insurers hold what they may have to give for it yet, unless it has ended."""
        if cover.state in IN_FORCE:
            claimed = self._claimed.get(cover.id, NO_CLAIMS)
            self._pledges.level(cover, most_paid(cover, cover.limit_at(self._now), self._open_limits, claimed))

    def _owed_to_each(self, repo: Repo) -> dict[UUID, Owed]:
        """What each insurer is owed of it."""
        interest = self._share(repo.cover, self._earned[repo.id], self._owed[repo.id].interest)
        left = self._share(repo.cover, difference(repo.amount, repo.left), repo.left)
        return {provider_id: Owed(left[provider_id], interest[provider_id]) for provider_id in left}

    def _share(self, cover: Cover, before: Decimal, more: Decimal) -> dict[UUID, Decimal]:
        """What each insurer has of so much more, where so much was shared before."""
        shared, sharing = self._parts(cover, before), self._parts(cover, total([before, more]))
        return {provider_id: difference(amount, shared[provider_id]) for provider_id, amount in sharing.items()}

    def _parts(self, cover: Cover, amount: Decimal) -> dict[UUID, Decimal]:
        parts = {share.provider_id: share.parts for share in cover.shares.all()}
        return by_insurer(amount, parts, cover.asset.scale)


@requires_transaction
def lock_repos(repos: QuerySet[Repo], now: datetime) -> RepoDesk:
    """Those of these that are owed, whose venues are locked for losses, and their covers, locked."""
    unpaid = repos.filter(state__in=REPO.under_way)
    lending = list(unpaid.values_list("cover_id", flat=True))
    return RepoDesk(lock_covers(lending), _load(unpaid), now) if lending else RepoDesk([], [], now)


def _load(repos: QuerySet[Repo]) -> list[Repo]:
    """These, with what came back of them, those that are due first before the others."""
    rows = repos.select_related("instrument").prefetch_related("repayments")
    return list(rows.order_by("due_at", "drawn_at", "reference"))


def _drawn(repo: Repo, provider_id: UUID, amount: Decimal, reason: str) -> RepoDrawn:
    return RepoDrawn(
        **_whose(repo, provider_id),
        amount=amount,
        instrument=repo.instrument.symbol,
        quantity=repo.quantity,
        price=repo.price,
        due_at=repo.due_at,
        reference=repo.reference,
        reason=reason,
    )


def _repaid(repayment: RepoRepayment, provider_id: UUID, back: Owed, left: Decimal, book: UUID | None) -> RepoRepaid:
    return RepoRepaid(
        **_whose(repayment.repo, provider_id),
        principal=back.principal,
        interest=back.interest,
        left=left,
        paid_by=repayment.paid_by,
        book=book,
        reference=repayment.reference,
    )


def _whose(repo: Repo, provider_id: UUID) -> dict[str, Any]:
    said = {"cover": repo.cover_id, "asset": repo.cover.asset.code}
    return {"venue_id": repo.venue_id, "subject_id": repo.id, "provider_id": provider_id, **said}
