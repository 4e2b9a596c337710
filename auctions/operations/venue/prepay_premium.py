"""The premium of a cover is paid in advance through its venue, or what was is taken back."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.approvals import by_two
from accounts.desks.collateral import move_once, stake_of_move
from accounts.desks.covers import lock_cover
from accounts.desks.rates import Rates, rated_since
from accounts.events import PremiumPrepaid
from accounts.models import Cover, Purpose, Transfer
from accounts.rules.approvals import Stake
from accounts.rules.refusals import AccountRefusal
from auctions.queries.regimes import list_histories
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference, to_text

SCOPE = "premium"


def _at_stake(*, venue_id: UUID, cover_id: UUID, amount: Decimal, reference: str, reason: str = "") -> Stake | None:
    asset = _find_cover(venue_id, cover_id).asset.code
    comes_in = amount > 0
    return stake_of_move(
        venue_id=venue_id, asset=asset, amount=amount, scope=SCOPE, reference=reference, comes_in=comes_in
    )


@operation
@by_two(_at_stake)
def prepay_premium(*, venue_id: UUID, cover_id: UUID, amount: Decimal, reference: str, reason: str = "") -> Transfer:
    """Pay so much (below zero: take it back) of the cover's asset, once by reference; what has accrued stays,
    charged yet or not, by the regime and the ratings of this instant.

    Raises `cover_unknown`, `amount_not_movable`, `fund_insufficient`, `reference_reused`, `person_unknown`.
    """
    cover = _find_cover(venue_id, cover_id)

    def told(subject_id: UUID) -> PremiumPrepaid:
        return PremiumPrepaid(
            venue_id=venue_id,
            subject_id=cover.id,
            asset=cover.asset.code,
            amount=amount,
            reference=reference,
            reason=reason,
        )

    def permitted() -> None:
        locked = lock_cover(venue_id, cover_id)  # nothing is charged meanwhile
        left = max(difference(locked.premium.account.posted, _uncharged(locked)), ZERO)
        if amount.copy_negate() > left:
            raise AccountRefusal.FUND_INSUFFICIENT.error(f"of the premium {to_text(left)} is left that has not accrued")

    return move_once(
        cover.premium.account,
        cover.asset,
        amount,
        Purpose.PREPAID,
        scope=SCOPE,
        reference=reference,
        insufficient=AccountRefusal.FUND_INSUFFICIENT,
        told=told,
        permitted=permitted,
    )


def _uncharged(cover: Cover) -> Decimal:
    now = clock.now()
    regimes = list_histories([cover.venue_id], rated_since([cover], now), now)
    return Rates([cover], regimes, now).uncharged(cover)


def _find_cover(venue_id: UUID, cover_id: UUID) -> Cover:
    covers = Cover.objects.filter(id=cover_id, venue=venue_id)
    cover = covers.select_related("asset", "premium__account__provider").first()
    if cover is None:
        raise AccountRefusal.COVER_UNKNOWN.error()
    return cover
