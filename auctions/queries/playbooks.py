"""What a venue's new books go by."""

from uuid import UUID

from auctions.models import Playbook
from backstop.values.marks import MarkTerms


def get_latest_playbook(venue_id: UUID) -> Playbook | None:
    """The version that the venue's new books take; None where it has no playbook yet."""
    return Playbook.objects.filter(venue=venue_id).order_by("-version").first()


def get_mark_terms_of_new_books(venue_id: UUID) -> MarkTerms:
    """Which marks a venue's new books are priced with: by its newest playbook, or by what one starts from."""
    return (get_latest_playbook(venue_id) or Playbook()).mark_terms
