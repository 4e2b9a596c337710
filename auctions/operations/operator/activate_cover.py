"""A cover that every party signed begins to stand: its insurers' pledges are held from now on."""

from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.concentration import tell_concentrated
from accounts.desks.covers import PledgeDesk, lock_cover, record_cover, require_cover_state
from accounts.desks.premiums import PremiumDesk
from accounts.events import CoverActivated
from accounts.lifecycle import CoverState
from accounts.models import Cover, CoverShare, Provider
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from auctions.desks.activation import require_activatable
from auctions.desks.breakers import hold_breakers
from auctions.queries import get_max_cluster_parts
from auctions.queries.regimes import list_histories
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
    require_activatable(cover, now)
    cover.activate(now)
    premiums, pledges = PremiumDesk([cover], list_histories([venue_id], now, now), now), PledgeDesk([cover])
    limit = premiums.begin(cover)
    pledges.pledge(cover, limit)
    save_changes([cover])
    record_cover(cover, CoverActivated, lambda share: _said(cover, share, reason))
    premiums.write()
    pledges.write()
    tell_concentrated(venue_id, get_max_cluster_parts(venue_id))
    return cover


def _said(cover: Cover, share: CoverShare, reason: str) -> dict[str, object]:
    times = {"covers_from": cover.covers_from, "ends_at": cover.ends_at}
    return {"asset": cover.asset.code, "held": share.held, "reason": reason, **times}
