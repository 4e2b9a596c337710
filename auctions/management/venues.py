"""The venue that a command is about."""

from django.core.management.base import CommandError

from backstop.models import Venue


def one_venue(code: str | None) -> Venue:
    """The venue of this code; without one the only venue that there is. Raises `CommandError`."""
    if code and (venue := Venue.objects.filter(code=code).first()):
        return venue
    venues = list(Venue.objects.order_by("code")[:20])
    known = ", ".join(venue.code for venue in venues)
    if code:
        raise CommandError(f"there is no venue {code!r}; there are: {known or 'none'}")
    if len(venues) == 1:
        return venues[0]
    raise CommandError(f"name a venue by --venue: {known}" if known else "there is no venue")
