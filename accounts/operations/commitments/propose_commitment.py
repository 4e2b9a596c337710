"""A provider proposes a standing bid; it stands once the venue has approved it."""

from accounts.desks.approvals import by_two
from accounts.desks.commitments import find_scope, record_commitment, require_terms, stake_of_terms, wider_terms
from accounts.desks.people import venue_of_provider
from accounts.events import CommitmentProposed
from accounts.models import Commitment, CommitmentTerms, Provider
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms
from backstop import clock
from backstop.transactions import operation


@operation
@by_two(stake_of_terms, venue_of=venue_of_provider)
def propose_commitment(
    *,
    provider: Provider,
    product_group: str | None = None,
    instrument: str | None = None,
    terms: StandingTerms,
    reason: str = "",
) -> Commitment:
    """A standing bid for the whole venue, a product group (code) or an instrument (symbol); stands once approved.

    Raises `scope_unknown`, `terms_refused`, `commitment_exists`.
    """
    scope = find_scope(provider, product_group, instrument)
    now = clock.now()
    require_terms(terms, wider_terms(Commitment(venue_id=provider.venue_id, provider=provider, **scope), now))
    commitment, created = Commitment.objects.get_or_create(
        provider=provider, **scope, defaults={"venue_id": provider.venue_id}
    )
    if not created:
        raise AccountRefusal.COMMITMENT_EXISTS.error(f"change commitment {commitment.id} instead")
    CommitmentTerms.of(commitment, now, terms).save(force_insert=True)
    record_commitment(commitment, CommitmentProposed, reason=reason)
    return commitment
