"""Who may provide liquidity: groups of related firms, providers, and their suspension.

Called by the admin, the demo and the seeding of a venue.
"""

from typing import TYPE_CHECKING

from backstop.errors import Conflict, NotAllowed, NotFound, Refused

if TYPE_CHECKING:  # REST framework reads this module while its own views are not there yet
    pass


class NameTaken(Conflict):
    """The venue has one of that name already."""


class ProviderSuspended(NotAllowed):
    """A suspended provider may look and cancel, but offer nothing."""


class ReasonMissing(Refused):
    """What is done to somebody needs a reason that can be shown to them."""


class ScopesRefused(Refused):
    """A venue's key and a provider's key have different scopes, and no key has both."""


class KeyRevoked(NotAllowed):
    """The key opens nothing any more."""


class AssetUnknown(Refused):
    """The venue has no such asset."""


class AmountNotMovable(Refused):
    """Nothing is no movement, and an asset has a smallest amount."""


class CollateralInsufficient(Conflict):
    """The provider has less free collateral than is to be taken out."""


class FundInsufficient(Conflict):
    """The fund has less free money than is to be taken out."""


class ReferenceReused(Conflict):
    """The reference was used before, for other content."""


class FundsInsufficient(Conflict):
    """An account does not hold what is to be taken from it or held in it."""


class CommitmentUnknown(NotFound):
    """There is no such commitment, or it is another's."""


class CommitmentExists(Conflict):
    """The provider has a commitment for that scope: it is changed, not proposed again."""


class ScopeUnknown(Refused):
    """The venue has no such instrument or product group."""


class TermsRefused(Refused):
    """These terms cannot be offered."""


class CommitmentNotInState(Conflict):
    """What is asked for cannot be done to the commitment as it stands."""


class ProviderUnknown(NotFound):
    """This venue has no such provider."""


class HoldingsReportOutdated(Conflict):
    """A later report was taken already."""


class HoldingsReportRefused(Refused):
    """The report names something that cannot be, so none of it was taken."""


class ScopeMissing(NotAllowed):
    """The key was issued without the scope that this needs."""
