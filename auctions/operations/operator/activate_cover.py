"""A cover that every party signed begins to stand: its insurers' pledges are held from now on."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.concentration import require_spread_insurers, tell_concentrated
from accounts.desks.covers import (
    PledgeDesk,
    lock_cover,
    record_cover,
    require_apart,
    require_cover_state,
    spans_beside,
)
from accounts.desks.defaults import require_no_default
from accounts.desks.people import require_provider_state
from accounts.desks.premiums import PremiumDesk
from accounts.events import CoverActivated
from accounts.lifecycle import CoverState, ProviderState
from accounts.models import Cover, CoverShare, Provider
from accounts.models.loss_plans import plan_of
from accounts.queries import get_loss_plan
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.placing import most_before, require_attachment, require_own_span
from accounts.rules.sharing.plans import asks_covers, in_front_of_fund
from auctions.desks.breakers import hold_breakers
from auctions.models import Playbook
from auctions.queries import get_latest_playbook
from auctions.queries.regimes import list_histories
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
@by_two(unmeasured)
def activate_cover(*, venue_id: UUID, cover_id: UUID, reason: str) -> Cover:
    """Let it stand from now on.

    Raises `reason_missing`, `cover_unknown`, `cover_not_in_state` (also where it lapsed), `playbook_missing`,
    `hours_clause_other`, `cover_concentrated`, `cover_of_one_cluster`, `cover_not_asked`, `attachment_low`,
    `cover_overlaps`, `provider_not_in_state`, `provider_in_default`, `collateral_insufficient`.
    """
    reason = require_reason(reason)
    lock(Lock.TERMS, [venue_id])  # no other plan is set meanwhile
    hold_breakers([venue_id])  # and nobody is related to anybody
    lock_rows(Lock.PROVIDER_ROW, Provider.objects.filter(cover_shares__cover=cover_id))
    cover = lock_cover(venue_id, cover_id)
    now = clock.now()
    require_cover_state(cover, CoverState.SIGNED)
    if now >= cover.lapses_at:
        raise AccountRefusal.COVER_NOT_IN_STATE.error("the cover lapsed")
    playbook = get_latest_playbook(venue_id)
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    _require_hours_clause(cover, playbook)
    require_spread_insurers(cover, playbook.max_cluster_parts)
    _require_insurers(cover)
    cover.activate(now)
    _require_place(cover)
    premiums, pledges = PremiumDesk([cover], list_histories([venue_id], now, now), now), PledgeDesk([cover])
    limit = premiums.begin(cover)
    pledges.pledge(cover, limit)
    save_changes([cover])
    record_cover(cover, CoverActivated, lambda share: _said(cover, share, reason))
    premiums.write()
    pledges.write()
    tell_concentrated(venue_id, playbook.max_cluster_parts)
    return cover


def _require_hours_clause(cover: Cover, playbook: Playbook) -> None:
    if cover.hours_clause_seconds != playbook.hours_clause_seconds:
        raise AccountRefusal.HOURS_CLAUSE_OTHER.error(f"the venue's is of {playbook.hours_clause_seconds} seconds")


def _require_insurers(cover: Cover) -> None:
    require_apart(cover)
    for share in cover.shares.all():
        require_provider_state(share.provider, ProviderState.ACTIVE)
        require_no_default(share.provider_id)


def _require_place(cover: Cover) -> None:
    """Asked by the plan, behind its layers in front of the fund, and beside no other cover."""
    own, others = spans_beside(cover)
    layers = plan_of(get_loss_plan(cover.venue_id)).layers
    if not asks_covers(layers):
        raise AccountRefusal.COVER_NOT_ASKED.error()
    ranked = in_front_of_fund(layers)
    require_attachment(own.attachment, [*(layer.per_event for layer in ranked), most_before(own, others)])
    require_own_span(own, others)


def _said(cover: Cover, share: CoverShare, reason: str) -> dict[str, object]:
    times = {"covers_from": cover.covers_from, "ends_at": cover.ends_at}
    return {"asset": cover.asset.code, "held": share.held, "reason": reason, **times}
