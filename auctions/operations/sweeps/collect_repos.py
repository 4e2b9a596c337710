"""What insurers lent to funds is repaid once it is due: by the fund, and what it lacks by the first tranche; what both
lack as soon as either has something. What is uncollectible for long is written off."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_locks import lock_losses
from accounts.desks.repos import lock_repos
from accounts.lifecycle import RepoState
from accounts.models import Repo, RepoRepayment
from accounts.queries import REPAY_WHEN_DUE
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import ZERO


@operation
def collect_repos(*, ids: Sequence[UUID]) -> int:
    """Repay those of these repos that are due, those that were due first before the others, and write off what is
    uncollectible then; how many there were."""
    rows = Repo.objects.filter(id__in=ids)
    lock_losses(list(rows.values_list("venue_id", flat=True)))
    now = clock.now()
    desk = lock_repos(rows.filter(due_at__lte=now), now)
    paying = {repo.cover.asset_id: venue_accounts(repo.venue_id, repo.cover.asset) for repo in desk.repos}
    journal = Journal.opened([*desk.accounts, *(own[kind] for own in paying.values() for kind in REPAY_WHEN_DUE)])
    desk.count_in(journal)
    for repo in desk.repos:
        for kind in REPAY_WHEN_DUE:
            source = paying[repo.cover.asset_id][kind]
            free = max(journal.free(source), ZERO)
            desk.repay(repo, source, min(desk.owed_for(repo).amount, free), RepoRepayment(paid_by=kind.value))
        if repo.state != RepoState.REPAID:
            desk.be_overdue(repo)
        if repo.is_uncollectible_at(now):
            desk.write_off(repo)
    desk.write()
    journal.write()
    return len(desk.repos)
