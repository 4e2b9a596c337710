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


def get_max_cluster_parts(venue_id: UUID) -> int | None:
    """The most that one cluster of insurers may have of all covers, in parts of 10,000, by its newest playbook; None
    where nothing bounds it."""
    playbook = get_latest_playbook(venue_id)
    return playbook.max_cluster_parts if playbook else None
