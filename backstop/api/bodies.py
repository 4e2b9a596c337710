"""How much may be sent: little, but for addresses that whole files are sent to."""

from django.conf import settings

from backstop.errors import DomainError
from backstop.refusals import GroundRefusal

BODY_BYTES = 200_000
LARGE_BODY_BYTES = 2_000_000


def most_bytes_to(path: str) -> int:
    """How large a body may be that is sent to this address: it or one above it may be of `settings.LARGE_BODIES`."""
    large = any(f"{path}/".startswith(f"{root}/") for root in settings.LARGE_BODIES)
    return LARGE_BODY_BYTES if large else BODY_BYTES


def too_large(most: int) -> DomainError:
    return GroundRefusal.BODY_TOO_LARGE.error(f"at most {most} bytes are taken here")
