"""The life of a standing bid: proposed and changed by its provider, approved and suspended by the venue's people.

Called by /v1/commitments and the admin. Guarantees that nothing gets worse for the venue before its notice is over,
and that every change is an event.
"""

from accounts.desks.commitments import find_scope, record_commitment, require_terms, wider_terms
from accounts.models import Commitment, CommitmentTerms, Provider
from accounts.rules.refusals import CommitmentExists
from accounts.rules.terms import Terms
from backstop import clock
from backstop.transactions import operation


@operation
def propose_commitment(
    *, provider: Provider, product_group: str | None = None, instrument: str | None = None, terms: Terms
) -> Commitment:
    """A standing bid for the whole venue, a product group (code) or an instrument (symbol); stands once approved.

    Raises `ScopeUnknown`, `TermsRefused`, `CommitmentExists`.
    """
    scope = find_scope(provider, product_group, instrument)
    now = clock.now()
    require_terms(terms, wider_terms(Commitment(venue_id=provider.venue_id, provider=provider, **scope), now))
    commitment, created = Commitment.objects.get_or_create(
        provider=provider, **scope, defaults={"venue_id": provider.venue_id}
    )
    if not created:
        raise CommitmentExists(f"change commitment {commitment.id} instead")
    CommitmentTerms.of(commitment, now, terms).save(force_insert=True)
    record_commitment(commitment, "commitment_proposed")
    return commitment
