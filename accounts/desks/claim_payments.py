"""One claim after the other, locked: what is said of it, and what its cover pays then of its event's debt."""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.claims import ClaimDesk
from accounts.desks.loss_locks import lock_losses
from accounts.desks.loss_sharing import SharingDesk
from accounts.lifecycle import ClaimState
from accounts.models import Claim
from accounts.queries import list_owed
from accounts.rules.refusals import AccountRefusal
from backstop.transactions import requires_transaction
from backstop.values.amounts import AmountRefused, require_scale


@requires_transaction
def lock_claim(venue_id: UUID, claim_id: UUID, provider_id: UUID | None = None) -> Claim:
    """The venue's claim, while nobody shares its losses; of a cover that the provider insures, where one is named.
    Raises `claim_unknown`."""
    lock_losses([venue_id])
    claims = Claim.objects.filter(id=claim_id, venue=venue_id)
    if provider_id is not None:
        claims = claims.filter(cover__shares__provider=provider_id)
    claim = claims.first()
    if claim is None:
        raise AccountRefusal.CLAIM_UNKNOWN.error()
    return claim


def require_claim_state(claim: Claim, state: ClaimState, until: datetime | None, now: datetime) -> None:
    """Raises `claim_not_in_state` unless it is so, and its time is not over."""
    if claim.state != state:
        raise AccountRefusal.CLAIM_NOT_IN_STATE.error(f"the claim is {claim.state}, not {state}")
    if until is not None and now >= until:
        raise AccountRefusal.CLAIM_NOT_IN_STATE.error(f"the time for it was over at {until.isoformat()}")


def require_payable(claim: Claim, amount: Decimal, name: str) -> None:
    """Raises `dispute_excessive` where the claim's asset has no scale for so much: it could never be paid."""
    try:
        require_scale(amount, claim.cover.asset.scale, name)
    except AmountRefused as refused:
        raise AccountRefusal.DISPUTE_EXCESSIVE.error(str(refused), pointer=f"/{name}") from refused


@requires_transaction
def carry_on(claim_ids: Collection[UUID], now: datetime, say: Callable[[ClaimDesk, Claim], None]) -> list[Claim]:
    """Say it of each of these claims, whose venues are locked for losses, and have covers pay what is due then."""
    events = set(Claim.objects.filter(id__in=claim_ids).values_list("loss_event_id", flat=True))
    sharing = SharingDesk(events, now)
    claims, assets = sharing.claims, {asset.id: asset for asset in sharing.claims.assets}
    journal = sharing.open(assets.values(), claims.accounts)
    moved = []
    for event in sharing.layers.events.values():
        named = [claim for claim in claims.claims_of(event) if claim.id in claim_ids]
        for claim in named:
            say(claims, claim)
        owed = [(addend, amount) for addend, amount in list_owed([event.id]) if addend.asset_id in assets]
        sharing.pay_claims(event, owed)
        for claim in named:
            claims.settle(claim)
        moved += named
    sharing.write()
    journal.write()
    return moved
