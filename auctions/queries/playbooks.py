"""What a venue's new books go by."""

from uuid import UUID

from auctions.models import Playbook
from backstop.values.marks import MarkTerms


def get_mark_terms(venue_id: UUID) -> MarkTerms:
    """Which marks a venue's new books are priced with: by its newest playbook, or by what one starts from."""
    return (Playbook.objects.filter(venue=venue_id).order_by("-version").first() or Playbook()).mark_terms
