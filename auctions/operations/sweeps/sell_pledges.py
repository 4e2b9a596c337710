"""What is pledged for a repo that is overdue for long the fund sells, whether or not its venue does."""

from collections.abc import Sequence
from uuid import UUID

from accounts.desks.loss_locks import lock_losses
from accounts.models import Repo
from accounts.queries import sum_pledged
from accounts.rules.sharing.repos import PLEDGE_SOLD, steps_up
from auctions.desks.intake import lock_intake
from auctions.desks.inventory import lock_inventory
from auctions.desks.sales import get_held, put_up_for_sale
from auctions.queries import list_pledges_to_sell
from backstop import clock
from backstop.models import Instrument
from backstop.transactions import operation


@operation
def sell_pledges(*, ids: Sequence[UUID]) -> int:
    """Put up for sale what is pledged of the instruments of those of these repos that are overdue for long enough: for
    all repos, since whatever is sold of an instrument repays all who lent against it. How many sales there were.

    Raises `playbook_missing`, `mark_missing`, `mark_stale`, `mark_jumped`, `nothing_to_sell`, `books_refused`.
    """
    venue_ids = list(Repo.objects.filter(id__in=ids).values_list("venue_id", flat=True))
    lock_inventory(venue_ids)
    lock_losses(venue_ids)
    lock_intake(venue_ids)
    now = clock.now()
    pledging = list_pledges_to_sell(now).filter(id__in=ids).values("instrument")
    instruments = Instrument.objects.filter(id__in=pledging).order_by("symbol")
    for instrument in instruments:
        pledged = steps_up(sum_pledged(instrument.id), instrument.quantity_step)
        reference = f"pledge-{instrument.symbol}-{now:%Y%m%dT%H%M%S}"
        put_up_for_sale(instrument, min(pledged, get_held(instrument)), reference, PLEDGE_SOLD)
    return len(instruments)
