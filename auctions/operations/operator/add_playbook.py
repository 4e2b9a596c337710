"""A venue's parameters: each change of them is a new version.

Called by the admin. Guarantees that versions have no gaps and that what is not named stays as it was; books under way
keep the version that they started with.
"""

from collections.abc import Mapping
from typing import Any

from auctions.models import Playbook
from auctions.queries import get_latest_playbook
from backstop.models import Venue
from backstop.record import NewEvent, record_events
from backstop.transactions import lock_exclusive, operation


@operation
def add_playbook(*, venue: Venue, parameters: Mapping[str, Any]) -> Playbook:
    """The next version, for books that are received from now on: the latest but for these `parameters`, by name."""
    lock_exclusive("playbooks", [venue.id])
    latest = get_latest_playbook(venue.id) or Playbook(venue=venue, version=0)
    playbook = Playbook.objects.create(venue=venue, version=latest.version + 1, **{**latest.parameters, **parameters})
    record_events([NewEvent(venue.id, "playbook_added", playbook.id, None, {"version": playbook.version})])
    return playbook
