"""A provider accepts its venue's terms, by itself or as its venue has it on paper."""

from accounts.desks.people import lock_provider, record_provider, require_provider_state
from accounts.events import TermsAccepted
from accounts.lifecycle import ProviderState
from accounts.models import Provider
from backstop import clock
from backstop.models.base import save_changes
from backstop.transactions import operation


@operation
def accept_terms(*, provider: Provider, version: str) -> Provider:
    """It has accepted this version of the terms; the same again changes nothing. Raises `provider_not_in_state`."""
    provider = lock_provider(provider)
    require_provider_state(provider, ProviderState.APPLIED, ProviderState.ACTIVE, ProviderState.SUSPENDED)
    if provider.terms_version != version:
        provider.accept_terms(version, clock.now())
        save_changes([provider])
        record_provider(provider, TermsAccepted, version=version)
    return provider
