"""The venue that a command is about."""

from django.core.management.base import CommandError

from backstop.models import Venue


def one_venue(code: str | None) -> Venue:
    """The venue of this code; without one the only venue that there is. Raises `CommandError`."""
    venues = list(Venue.objects.filter(code=code) if code else Venue.objects.order_by("code")[:20])
    if len(venues) == 1:
        return venues[0]
    if code:
        raise CommandError(f"there is no venue {code!r}")
    known = ", ".join(venue.code for venue in venues)
    raise CommandError(f"name a venue by --venue: {known}" if known else "there is no venue")
