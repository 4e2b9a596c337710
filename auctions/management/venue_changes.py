"""What a venue's file asks for beside what is there, change by change, each carried out by the operation of its kind.

Guarantees that a change is decided on under a lock, from what is there then: two who apply files at once do nothing
twice, and whoever is broken off goes on where it was. A venue, its assets, product groups and instruments are added
and never changed, as in the admin.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from auctions.management.venue_sections import SECTIONS, Change, add
from auctions.offline.venue_entries import VenueFile
from auctions.offline.venue_file import TERMS
from backstop.locks import EVERYWHERE, Lock, lock, of_transaction
from backstop.models import Venue
from backstop.transactions import requires_transaction


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed, and what that answered: an `Approval` where it waits for another person."""

    pointer: str
    text: str
    answer: object


@requires_transaction
def apply_next(*, wanted: VenueFile, reason: str, done: list[Done]) -> Done | None:
    """Carry out the first change that is none of those `done`; None where there is none.

    Raises `InputRefused` for what never changes and is otherwise, and for whatever the operations refuse.
    """
    lock(Lock.VENUE_FILES, [EVERYWHERE])
    passed = {(each.pointer, each.text) for each in done}
    for change in _changes(wanted, reason):
        if (change.pointer, change.text) not in passed:
            return Done(change.pointer, change.text, change.answer())
    return None


@requires_transaction
def apply_all(*, wanted: VenueFile, reason: str) -> list[Done]:
    """Carry out all changes at once, for whoever takes them back: as one they would hold more than a market can spare.

    Raises what `apply_next` raises.
    """
    done: list[Done] = []
    while True:
        with of_transaction():
            one = apply_next(wanted=wanted, reason=reason, done=done)
        if one is None:
            return done
        done.append(one)


def _changes(wanted: VenueFile, reason: str) -> Iterator[Change]:
    """In the order in which they can be done: each rests on those before it being done."""
    venue = Venue.objects.filter(code=wanted.code).first()
    if venue is None:
        first = {name: wanted.terms[name] for name in TERMS[:1] if name in wanted.terms}
        venue = Venue(code=wanted.code, name=wanted.name, **first)
        yield Change("/venue", f"add venue {venue}: {venue.name}", partial(add, venue))
    for section in SECTIONS:
        yield from section(venue, wanted, reason)
