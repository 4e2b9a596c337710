"""Premiums of covers are rated and charged: daily, whenever a market's regime or an insurer's rating is another, and
what is owed at the end once it is paid. What insurers lack for covers is held with that, and of those that run off as
soon as any of it is there."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from accounts.desks.covers import lock_covers
from accounts.desks.loss_locks import lock_losses
from accounts.desks.premiums import PremiumDesk
from accounts.desks.rates import rated_since
from accounts.models import Cover
from auctions.queries.regimes import list_histories
from backstop import clock
from backstop.locks import Lock, lock
from backstop.transactions import operation


@operation
def charge_premiums(*, ids: Sequence[UUID]) -> int:
    """Charge what has accrued of these covers, and have held what they lack; how many there were."""
    asked = Cover.objects.filter(id__in=ids)
    lock_losses(list(asked.values_list("venue_id", flat=True)))  # nothing is claimed meanwhile
    held_anew = asked.filter(Q(levels__isnull=False) | Q(shares__lacking__gt=0))
    lock(Lock.INTAKE, list(held_anew.values_list("venue_id", flat=True)))  # nor opens an event, while limits move
    covers = [cover for cover in lock_covers(ids) if _goes_on(cover)]
    now = clock.now()
    histories = list_histories({cover.venue_id for cover in covers}, rated_since(covers, now), now)
    premiums = PremiumDesk(covers, histories, now)
    for cover in covers:
        premiums.charge(cover)
    premiums.write()
    return len(covers)


def _goes_on(cover: Cover) -> bool:
    return cover.premium.due_at is not None or bool(cover.premium.owed) or cover.is_lacking
