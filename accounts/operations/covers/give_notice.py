"""A party gives notice of a cover: after it, or with the term, the cover stands for no further loss event."""

from uuid import UUID

from accounts.desks.covers import lock_cover, record_cover, require_cover_state, require_share
from accounts.events import CoverNoticed
from accounts.lifecycle import UNENDED
from accounts.models import Cover
from accounts.rules.reasons import require_reason
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def give_notice(*, venue_id: UUID, provider_id: UUID | None, cover_id: UUID, reason: str) -> Cover:
    """Give it for a provider that insures it, or for the venue (None); again it changes nothing.

    Raises `reason_missing`, `cover_unknown`, `cover_not_in_state`.
    """
    reason = require_reason(reason)
    cover = lock_cover(venue_id, cover_id)
    require_share(cover, provider_id)
    require_cover_state(cover, *UNENDED)
    before = cover.ends_at
    cover.give_notice(clock.now())
    if cover.ends_at != before:
        save_changes([cover])
        record_cover(cover, CoverNoticed, lambda share: {"ends_at": cover.ends_at, "reason": reason})
    return cover
