"""A venue drafts the contract of a cover: it binds nobody until every party signed it, and lapses."""

from accounts.desks.collateral import find_asset
from accounts.desks.people import find_provider
from accounts.desks.premiums import open_premium
from accounts.events import CoverDrafted
from accounts.models import Cover, CoverShare, Group
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import ContractTerms, require_contract
from backstop import clock
from backstop.record import record_events
from backstop.transactions import operation


@operation
def draft_cover(*, terms: ContractTerms, text: str) -> Cover:
    """The cover of these terms, whose id and venue they name.

    Raises `asset_unknown`, `group_unknown`, `provider_unknown`, `cover_refused`.
    """
    asset = find_asset(terms.venue_id, terms.asset)
    require_contract(terms, asset.scale)
    groups = Group.objects.filter(venue=terms.venue_id).values_list("id", flat=True)
    if terms.group_id is not None and terms.group_id not in groups:
        raise AccountRefusal.GROUP_UNKNOWN.error(pointer="/group_id")
    providers = [find_provider(terms.venue_id, each.provider_id) for each in terms.insurers]
    cover = Cover.of(terms, asset, text, clock.now())
    cover.save(force_insert=True)
    CoverShare.objects.bulk_create(
        CoverShare(cover=cover, provider=provider, parts=each.parts)
        for provider, each in zip(providers, terms.insurers, strict=True)
    )
    open_premium(cover, terms.premium)
    record_events(
        [
            CoverDrafted(
                venue_id=cover.venue_id,
                subject_id=cover.id,
                content_hash=cover.content_hash,
                lapses_at=cover.lapses_at,
            )
        ]
    )
    return cover
