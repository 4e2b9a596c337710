"""A party signs the contract of a cover by a key of its own: the venue first, and then it is offered."""

from uuid import UUID

from accounts.desks.covers import find_public_key, lock_cover, record_cover, require_cover_state, require_share
from accounts.events import CoverOffered, CoverSigned
from accounts.lifecycle import CoverState
from accounts.models import Cover, CoverSignature
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import is_signed_by
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def sign_cover(*, venue_id: UUID, provider_id: UUID | None, cover_id: UUID, public_key: str, signature: bytes) -> Cover:
    """Sign it for a provider that insures it, or for the venue (None), which protects itself or others by it.

    `public_key` (base64) is registered for a live key of that party. The same again changes nothing. Raises
    `cover_unknown` (to a provider also where the venue has not signed yet), `cover_not_in_state`,
    `cover_signature_refused`.
    """
    cover = lock_cover(venue_id, cover_id)
    require_share(cover, provider_id)
    signed = {each.provider_id for each in cover.signatures.all()}
    if provider_id in signed:
        return cover
    now = clock.now()
    require_cover_state(cover, CoverState.DRAFT if provider_id is None else CoverState.OFFERED)
    if now >= cover.lapses_at:
        raise AccountRefusal.COVER_NOT_IN_STATE.error("the cover lapsed")
    key = find_public_key(cover, provider_id, public_key)
    if key is None or not key.key.is_live(now):
        unknown = "no live key of yours has this public key"
        raise AccountRefusal.COVER_SIGNATURE_REFUSED.error(unknown, pointer="/public_key")
    if not is_signed_by(key.content, bytes.fromhex(cover.content_hash), signature):
        raise AccountRefusal.COVER_SIGNATURE_REFUSED.error()
    CoverSignature.objects.create(cover=cover, provider_id=provider_id, public_key=key, signature=signature.hex())
    if provider_id is None:
        cover.move_to(CoverState.OFFERED, now)
    elif signed | {provider_id} > {share.provider_id for share in cover.shares.all()}:
        cover.move_to(CoverState.SIGNED, now)
    save_changes([cover])
    record_events(
        [
            CoverSigned(
                venue_id=cover.venue_id,
                subject_id=cover.id,
                provider_id=provider_id,
                content_hash=cover.content_hash,
                public_key=key.text,
            )
        ]
    )
    if provider_id is None:
        said = {"content_hash": cover.content_hash, "lapses_at": cover.lapses_at}
        record_cover(cover, CoverOffered, lambda share: {**said, "parts": share.parts})
    return cover
