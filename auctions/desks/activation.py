"""What a cover has to be like to begin to stand: asked as it is activated, and told of before that."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from accounts.desks.concentration import require_spread_insurers
from accounts.desks.covers import pledges_of, require_apart, require_free, spans_beside
from accounts.desks.defaults import require_no_default
from accounts.desks.people import require_provider_state
from accounts.desks.rates import Rates
from accounts.lifecycle import UNSIGNED, ProviderState
from accounts.models import Account, AccountKind, Cover, CoverShare
from accounts.models.loss_plans import plan_of
from accounts.queries import get_loss_plan
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.placing import most_before, require_attachment, require_own_span
from accounts.rules.sharing.plans import PlannedLayer, asks_covers, in_front_of_fund
from auctions.models import Playbook
from auctions.queries import get_latest_playbook, get_max_cluster_parts
from auctions.queries.regimes import list_histories
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.errors import DomainError

Check = Callable[[], None]  # raises a refusal, or does not


def require_activatable(cover: Cover, now: datetime) -> None:
    """Raises what keeps it from standing from now on, but for its state, and the pledges, which need their locks:
    `playbook_missing`, `hours_clause_other`, `cover_concentrated`, `cover_of_one_cluster`, `provider_not_in_state`,
    `provider_in_default`, `cover_not_asked`, `attachment_low`, `cover_overlaps`."""
    for check in _checks(cover, now):
        check()


def list_hindrances(cover: Cover) -> list[DomainError]:
    """All that would keep it from standing if it were activated now, its pledges with it; nothing of one that was
    activated, or ended."""
    if cover.state not in UNSIGNED:
        return []
    now = clock.now()
    found = []
    for check in (*_checks(cover, now), *_checks_of_pledges(cover, now)):
        try:
            check()
        except DomainError as refused:
            found.append(refused)
    return found


def _checks(cover: Cover, now: datetime) -> Iterator[Check]:
    yield partial(_require_hours_clause, cover, get_latest_playbook(cover.venue_id))
    yield partial(require_spread_insurers, cover, get_max_cluster_parts(cover.venue_id))
    yield partial(require_apart, cover)
    for share in cover.shares.all():
        yield partial(require_provider_state, share.provider, ProviderState.ACTIVE)
        yield partial(require_no_default, share.provider_id)
    layers = plan_of(get_loss_plan(cover.venue_id)).layers
    yield partial(_require_asked, layers)
    own, others = spans_beside(cover, now)
    before = [*(layer.per_event for layer in in_front_of_fund(layers)), most_before(own, others)]
    yield partial(require_attachment, own.attachment, before)
    yield partial(require_own_span, own, others)


def _checks_of_pledges(cover: Cover, now: datetime) -> Iterator[Check]:
    rates = Rates([cover], list_histories([cover.venue_id], now, now), now)
    limit = cover.asked_limit(*rates.inputs_at(cover, now))
    for share, needed in pledges_of(cover, limit):
        yield partial(require_free, share, needed, _free_of(share))


def _free_of(share: CoverShare) -> Decimal | None:
    accounts = Account.objects.filter(kind=AccountKind.COLLATERAL, provider=share.provider_id)
    account = accounts.filter(asset=share.cover.asset_id).first()
    return account.free if account else None


def _require_hours_clause(cover: Cover, playbook: Playbook | None) -> None:
    if playbook is None:
        raise AuctionRefusal.PLAYBOOK_MISSING.error()
    if cover.hours_clause_seconds != playbook.hours_clause_seconds:
        raise AccountRefusal.HOURS_CLAUSE_OTHER.error(f"the venue's is of {playbook.hours_clause_seconds} seconds")


def _require_asked(layers: Sequence[PlannedLayer]) -> None:
    if not asks_covers(layers):
        raise AccountRefusal.COVER_NOT_ASKED.error()
