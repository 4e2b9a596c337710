"""A venue repays out of its fund what insurers lent to it, before it has to."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_done, require_above_zero, stake_of_move, subject_of
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_locks import lock_losses
from accounts.desks.repos import lock_repos
from accounts.models import AccountKind, Repo, RepoRepayment
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import to_text

SCOPE = "repo_repayment"


def _at_stake(*, venue_id: UUID, repo_id: UUID, amount: Decimal, reference: str, reason: str) -> Stake | None:
    repo = _find(venue_id, repo_id)
    asset = repo.cover.asset.code
    return stake_of_move(venue_id=venue_id, asset=asset, amount=amount, scope=SCOPE, reference=reference)


@operation
@by_two(_at_stake)
def repay_repo(*, venue_id: UUID, repo_id: UUID, amount: Decimal, reference: str, reason: str) -> Repo:
    """Repay so much (> 0) of what is owed of the repo out of what is free in the fund, once by reference: interest
    first. What is pledged for it is free once nothing is owed.

    Raises `reason_missing`, `repo_unknown`, `reference_reused`, `amount_not_movable`, `repo_not_in_state` once it is
    repaid or written off, `repayment_excessive`, `fund_insufficient`, `person_unknown`.
    """
    require_reason(reason)
    lock_losses([venue_id])
    repayment_id = subject_of(venue_id, SCOPE, reference)
    known, repo = find_done(RepoRepayment, repayment_id, repo_id=repo_id, amount=amount), _find(venue_id, repo_id)
    if known:
        return repo
    require_above_zero(amount, repo.cover.asset, "repaid")
    desk = lock_repos(Repo.objects.filter(id=repo_id), clock.now())
    if not desk.repos:
        raise AccountRefusal.REPO_NOT_IN_STATE.error()
    (repo,) = desk.repos
    owed = desk.owed_for(repo)
    if amount > owed.amount:
        raise AccountRefusal.REPAYMENT_EXCESSIVE.error(f"{to_text(owed.amount)} is owed", pointer="/amount")
    fund = venue_accounts(venue_id, repo.cover.asset)[AccountKind.FUND]
    journal = Journal.opened([fund, *desk.accounts])
    desk.count_in(journal)
    if journal.free(fund) < amount:
        raise AccountRefusal.FUND_INSUFFICIENT.error()
    desk.repay(repo, fund, amount, RepoRepayment(id=repayment_id, reference=reference, paid_by=AccountKind.FUND.value))
    desk.write()
    journal.write()
    return repo


def _find(venue_id: UUID, repo_id: UUID) -> Repo:
    repo = Repo.objects.filter(id=repo_id, venue=venue_id).select_related("cover__asset").first()
    if repo is None:
        raise AccountRefusal.REPO_UNKNOWN.error()
    return repo
