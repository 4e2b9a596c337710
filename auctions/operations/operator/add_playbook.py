"""A venue's parameters: each change of them is a new version.

Guarantees that versions have no gaps and that what is not named stays as it was; books under way keep the version that
they started with.
"""

from collections.abc import Mapping
from typing import Any

from accounts.desks.approvals import by_two
from accounts.desks.people import own_venue
from accounts.rules.approvals import unmeasured
from accounts.rules.reasons import require_reason
from auctions.desks.playbooks import draft_playbook
from auctions.events import PlaybookAdded
from auctions.models import Playbook
from auctions.rules.presets import Preset
from backstop.locks import Lock, lock
from backstop.models import Venue
from backstop.record import record_events
from backstop.transactions import operation


@operation
@by_two(unmeasured, venue_of=own_venue)
def add_playbook(*, venue: Venue, parameters: Mapping[str, Any], reason: str, preset: Preset | None = None) -> Playbook:
    """The next version, for books that are received from now on: the latest but for the `preset`'s parameters, and for
    these `parameters`, by name.

    Their values are as in JSON, numbers with decimals as text. Raises `reason_missing`, `dutch_curve_refused`, and
    `ValidationError` where a parameter is none of those that its field takes, or does not go with another.
    """
    reason = require_reason(reason)
    lock(Lock.PLAYBOOKS, [venue.id])
    playbook = draft_playbook(venue, parameters, preset)
    playbook.uncontested_cap_bps = playbook.uncontested_cap(1)  # release 0.2.0 may run beside this one
    playbook.validate_constraints()
    playbook.save(force_insert=True)
    record_events([PlaybookAdded(venue_id=venue.id, subject_id=playbook.id, version=playbook.version, reason=reason)])
    return playbook
