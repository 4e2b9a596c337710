"""Every kind of event of the ground floor: what somebody did by hand."""

from dataclasses import dataclass

from backstop.events import ProviderEvent, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneByHand(ProviderEvent):
    """Somebody did this `deed` to the subject on a page of the admin, and why: for the venue, and for the provider
    whose person that was. What came of it is told by itself."""

    deed: str
    reason: str


CATALOGUE = catalogue(globals())
