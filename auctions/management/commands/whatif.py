"""`manage.py whatif BOOK`: what another playbook would have made of a book. Touches nothing."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from auctions.models import Book, Playbook
from auctions.rules.whatif import Fate, fate_of
from auctions.simulation.whatif import changed, freeze, terms_of, without_effect
from backstop.management.policy import NeedsTables
from backstop.values.amounts import difference, to_text


class Command(NeedsTables):
    help = (
        "Decide a book's frozen offers again: the bids, takes and standing offers that were made for it, under another "
        "version of its venue's playbook, or under its own with some parameters changed. Says units placed by step, "
        "edges, the fund's too, loss (edges and drift until the awards), the owner's residual, the differences, and "
        "which changed parameters have no effect here. Touches nothing. What others would have offered under other "
        "terms nobody knows: what is not taken is left. "
        """Example: manage.py whatif account-1 --changes '{"assign_cap_bps": "150"}'"""
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("book", metavar="BOOK", help="its id, or its reference")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--playbook", type=int, metavar="N", help="a version of the venue's playbook")
        way.add_argument("--changes", metavar="JSON", help='parameters, as in {"assign_cap_bps": "150"}; or a file')

    def handle(self, **options: Any) -> None:
        book = self._book(options["book"])
        other = self._playbook(book, options)
        frozen = freeze(book)
        before, after = fate_of(frozen, terms_of(book.playbook)), fate_of(frozen, terms_of(other))
        answer: dict[str, Any] = {"book": book.reference, "before": before.as_json(), "after": after.as_json()}
        answer |= {"difference": _difference(before, after), "without_effect": without_effect(book.playbook, other)}
        self.stdout.write(json.dumps(answer, indent=2))

    def _book(self, name: str) -> Book:
        found = Book.objects.select_related("playbook", "playbook__venue")
        books = list(found.filter(reference=name)[:2])
        if not books:
            try:
                books = list(found.filter(id=name))
            except ValidationError:
                books = []
        if len(books) != 1:
            raise CommandError(
                f"there is no book {name!r}" if not books else f"several venues have a book {name!r}: give its id"
            )
        return books[0]

    def _playbook(self, book: Book, options: dict[str, Any]) -> Playbook:
        if options["playbook"] is not None:
            version = Playbook.objects.filter(venue=book.venue_id, version=options["playbook"]).first()
            if version is None:
                raise CommandError(f"the venue has no playbook {options['playbook']}")
            return version
        try:
            changes = json.loads(_text(options["changes"]))
            if not isinstance(changes, dict):
                raise ValueError("must be an object")
            return changed(book.playbook, changes)
        except KeyError as unknown:
            raise CommandError(f"--changes: no parameters of a playbook: {unknown.args[0]}") from None
        except ValidationError as refused:
            raise CommandError(f"--changes: {'; '.join(refused.messages)}") from None
        except (ValueError, OSError) as refused:
            raise CommandError(f"--changes: {refused}") from None


def _text(said: str) -> str:
    return said if said.lstrip().startswith("{") else Path(said).read_text(encoding="utf-8")


def _difference(before: Fate, after: Fate) -> dict[str, Any]:
    kinds = dict.fromkeys([*before.placed, *after.placed])
    return {
        "placed": {kind: after.placed.get(kind, 0) - before.placed.get(kind, 0) for kind in kinds},
        "left": after.left - before.left,
        **{name: to_text(difference(amount, before.amounts[name])) for name, amount in after.amounts.items()},
    }
