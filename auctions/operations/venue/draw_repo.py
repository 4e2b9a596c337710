"""A venue draws cash for its fund, which a cover's insurers lend against the fund's inventory.

Guarantees that no more is lent than the contract says, nor than what is pledged is worth after its haircut, and that
nothing is pledged twice, or while it is being sold.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import find_done, require_movable, stake_of_move, subject_of
from accounts.desks.covers import lock_cover, require_cover_state
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.loss_locks import lock_losses
from accounts.desks.repos import RepoDesk
from accounts.desks.vaults import require_not_pooled
from accounts.lifecycle import CoverState
from accounts.models import AccountKind, Cover, Repo
from accounts.queries import list_owing, sum_pledged
from accounts.rules.approvals import Stake
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import Trigger
from accounts.rules.sharing.repos import most_lent, pledged_for
from auctions.desks.inventory import get_free_spot, lock_inventory
from auctions.desks.marks import note_used
from auctions.queries import get_latest_playbook
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Instrument
from backstop.models.venues import InstrumentKind
from backstop.queries import get_reference_marks
from backstop.refusals import GroundRefusal
from backstop.transactions import operation
from backstop.values.amounts import to_text

SCOPE = "repo"


def _at_stake(*, venue_id: UUID, cover_id: UUID, amount: Decimal, reference: str, **_: Any) -> Stake | None:
    cover = Cover.objects.filter(id=cover_id, venue=venue_id).select_related("asset").first()
    if cover is None:
        raise AccountRefusal.COVER_UNKNOWN.error()
    asset = cover.asset.code
    return stake_of_move(venue_id=venue_id, asset=asset, amount=amount, scope=SCOPE, reference=reference)


@operation
@by_two(_at_stake)
def draw_repo(*, venue_id: UUID, cover_id: UUID, instrument: str, amount: Decimal, reference: str, reason: str) -> Repo:
    """Have the cover's insurers lend so much (> 0) to the fund, each its part, against as much of an instrument that
    the fund holds and pledged for nothing else as that is worth after the haircut; once by reference.

    Raises `reason_missing`, `cover_unknown`, `instrument_unknown`, `reference_reused`, `amount_not_movable`,
    `cover_not_in_state`, `repo_refused` where its contract lends not that much, or nothing while something is overdue,
    `playbook_missing`, `mark_missing`, `mark_stale`, `mark_jumped`, `vault_pooled` where an insurer's
    collateral is its depositors', `collateral_insufficient`.
    """
    reason = require_reason(reason)
    lock_inventory([venue_id])
    lock_losses([venue_id])
    repo_id = subject_of(venue_id, SCOPE, reference)
    pledging = Instrument.objects.filter(venue=venue_id, symbol=instrument).first()
    if pledging is None:
        raise GroundRefusal.INSTRUMENT_UNKNOWN.error(f"this venue has no instrument {instrument}")
    if known := find_done(Repo, repo_id, cover_id=cover_id, instrument_id=pledging.id, amount=amount):
        return known
    cover, now = lock_cover(venue_id, cover_id), clock.now()
    require_movable(amount, cover.asset)
    _require_lent(cover, pledging, amount, now)
    for share in cover.shares.all():
        require_not_pooled(share.provider_id, cover.asset_id)
    price = _mark_of(pledging, now)
    repo = _drawn(repo_id, cover, pledging, amount, price, now)
    repo.reference = reference
    fund = venue_accounts(venue_id, cover.asset)[AccountKind.FUND]
    desk = RepoDesk([cover], [], now)
    journal = Journal.opened([fund, *desk.accounts])
    desk.count_in(journal)
    desk.draw(repo, fund, reason)
    desk.write()
    journal.write()
    note_used([(None, {pledging.id: price})], now)
    return repo


def _require_lent(cover: Cover, pledging: Instrument, amount: Decimal, now: datetime) -> None:
    if Trigger.LIQUIDITY not in cover.triggers:
        raise AccountRefusal.REPO_REFUSED.error("by this contract insurers lend nothing to the fund")
    require_cover_state(cover, CoverState.ACTIVE)
    assert cover.stands_from is not None
    if not cover.stands_from <= now < cover.stands_until:
        raise AccountRefusal.REPO_REFUSED.error("the cover does not stand now")
    if pledging.kind != InstrumentKind.SPOT or pledging.settlement_asset_id != cover.asset_id:
        problem = f"only spot that is worth something in {cover.asset.code} is pledged"
        raise AccountRefusal.REPO_REFUSED.error(problem, pointer="/instrument")
    if list_owing([cover.asset_id], now).exists():
        raise AccountRefusal.REPO_REFUSED.error("what fell due is repaid first")
    if not 0 < amount <= cover.undrawn:
        problem = f"must be above zero and at most what is not drawn yet, {to_text(cover.undrawn)}"
        raise AccountRefusal.REPO_REFUSED.error(problem, pointer="/amount")


def _mark_of(instrument: Instrument, now: datetime) -> Decimal:
    playbook = get_latest_playbook(instrument.venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    return get_reference_marks([instrument.id], now, playbook.mark_terms)[instrument.id]


def _drawn(repo_id: UUID, cover: Cover, pledging: Instrument, amount: Decimal, price: Decimal, now: datetime) -> Repo:
    """The repo, with as little pledged for it as the haircut allows."""
    assert cover.repo_haircut_bps is not None
    assert cover.repo_seconds is not None
    assert cover.ends_at is not None
    free = get_free_spot(pledging.id, sum_pledged(pledging.id))
    most = most_lent(free, price, cover.repo_haircut_bps, cover.asset.scale)
    if amount > most:
        problem = f"what the fund holds of {pledging.symbol} and has not pledged stands for {to_text(most)}"
        raise AccountRefusal.REPO_REFUSED.error(problem, pointer="/amount")
    quantity = min(pledged_for(amount, price, cover.repo_haircut_bps, pledging.quantity_step), free)
    return Repo(
        id=repo_id,
        venue_id=cover.venue_id,
        cover=cover,
        instrument=pledging,
        amount=amount,
        quantity=quantity,
        price=price,
        drawn_at=now,
        due_at=min(now + timedelta(seconds=cover.repo_seconds), cover.ends_at),
        pledged=quantity,
        left=amount,
    )
