"""A venue's parameters: each change of them is a new version.

Called by the admin. Guarantees that versions have no gaps; books under way keep the one that they started with.
"""

from collections.abc import Mapping
from typing import Any

from auctions.events import PlaybookAdded
from auctions.models import Playbook
from backstop.models import Venue
from backstop.record import record_events
from backstop.transactions import lock_exclusive, operation


@operation
def add_playbook(*, venue: Venue, parameters: Mapping[str, Any]) -> Playbook:
    """The next version, for books that are received from now on."""
    lock_exclusive("playbooks", [venue.id])
    latest = Playbook.objects.filter(venue=venue).order_by("-version").first()
    playbook = Playbook.objects.create(venue=venue, version=latest.version + 1 if latest else 1, **parameters)
    record_events([PlaybookAdded(venue_id=venue.id, subject_id=playbook.id, version=playbook.version)])
    return playbook
