"""The bans hold in every module, and each of them can be broken."""

import ast
import re

import pytest

from tests.layout.bans import BANS, HOUSE, modules

BROKEN = {
    "domain time is read from backstop.clock alone": [
        "timezone.now()",
        "datetime.datetime.now(UTC)",
        "time.time()",
        "rows.filter(closes_at__lte=Now())",
    ],
    "what is locked is locked in order, by backstop.locks": [
        "Book.objects.select_for_update(no_key=True).get()",
        "Book.objects.filter().select_for_update(skip_locked=True)",
        "cursor.execute('SELECT pg_advisory_xact_lock(1)')",
        "LOCK = 'SELECT id FROM auctions_book FOR NO KEY UPDATE'",
    ],
    "transactions are opened in backstop.transactions alone": [
        "with transaction.atomic():\n    pass",
        "@transaction.atomic\ndef settle(): ...",
        "with atomic(durable=True):\n    pass",
        "with connection.connection.transaction():\n    pass",
    ],
    "a database is chosen where something is shown": [
        "Book.objects.using('replica')",
        "book.save(using='default')",
        "from backstop import replica, transactions",
    ],
    "nothing happens by signal": [
        "from django.db.models.signals import post_save",
        "from django.dispatch import receiver",
        "from django.db.models import signals",
    ],
    "no field stamps itself": ["at = models.DateTimeField(auto_now_add=True)", "at = DateTimeField(auto_now=True)"],
    "only move_to assigns a state": ["book.state = CLOSED", "self.auction.state = 'OPEN'"],
    "promises are constraints, not overridden save methods": ["class A:\n    def save(self, *a): ..."],
    "rows are changed by save_changes, which knows what changed": [
        "book.save(update_fields=['state'])",
        "Book.objects.bulk_update(books, FIELDS)",
    ],
    "nobody is served by random id": [
        "due.order_by('due_at', 'id')",
        "books.filter(state='ROUTED').order_by('-pk')",
    ],
    "groups are counted by cluster": [
        "pseudonym_of(key, bid.provider.group_id)",
        "ClearingBid(group=str(offer.group_id))",
        "len({bid.provider.group_id for bid in bids})",
        "by_group[provider.group_id].append(bid)",
    ],
    "a loss event is of whom it was of as it opened": ["clusters.members(event.cluster_id)"],
    "processes log, they do not print": ["print('here')"],
}
ALLOWED = [
    "clock.now()",
    "lock_rows(Lock.BOOK_ROW, books)",
    "perform(close_books, now=now)",
    "settlements.order_by(*ARRIVAL[Settlement])",
    "str(work.clusters.of(offer.group_id))",
    "state = book.state",
    "time.monotonic()",
    "def save(path): ...",
    "take.save(force_insert=True)",
    "Mark.objects.bulk_create(marks, update_conflicts=True, update_fields=['price'])",
]


@pytest.mark.parametrize("ban", BANS)
def test_no_module_breaks_the_ban(ban: str) -> None:
    broken = [
        f"{path}:{line}" for path, source in modules() if BANS[ban].holds_for(path) for line in BANS[ban].lines(source)
    ]
    assert broken == []


@pytest.mark.parametrize(("ban", "source"), [(ban, source) for ban, sources in BROKEN.items() for source in sources])
def test_a_breach_of_the_ban_is_seen(ban: str, source: str) -> None:
    assert BANS[ban].lines(source)


def test_every_ban_has_an_example_of_its_breach() -> None:
    assert BANS.keys() == BROKEN.keys()


@pytest.mark.parametrize("source", ALLOWED)
def test_what_is_allowed_breaks_no_ban(source: str) -> None:
    assert [name for name, ban in BANS.items() if ban.lines(source)] == []


def test_every_module_says_at_its_top_what_it_is_for() -> None:
    silent = [path for path, source in modules() if source.strip() and not source.startswith('"""')]
    assert [path for path in silent if not path.endswith("/apps.py")] == []


def test_migrations_move_no_data_and_need_no_extension() -> None:
    banned = re.compile(r"RunPython|CREATE\s+EXTENSION|Extension\(", re.IGNORECASE)
    sources = {str(path.relative_to(HOUSE)): path.read_text() for path in HOUSE.glob("*/migrations/*.py")}
    assert sources
    assert [path for path, source in sources.items() if banned.search(source)] == []


def test_lock_files_pin_every_package_and_name_no_place_to_get_it_from() -> None:
    for path in (HOUSE / "requirements").glob("*.txt"):
        words = [line for line in path.read_text().splitlines() if line and not line.lstrip().startswith("#")]
        packages = [line for line in words if not line.startswith(" ")]
        assert packages
        assert all("==" in line and line.endswith("\\") for line in packages)
        assert not re.search(r"://|--(index|extra-index|find-links|trusted)", "\n".join(words))


SAID_BY_CLIENT = {"backstop/client/inputs.py", "backstop/client/rows.py"}


def test_no_two_things_have_one_name() -> None:
    """Commands excepted: Django asks for that name. What the client says in the document's words is the same thing."""
    places: dict[str, list[str]] = {}
    for path, source in modules():
        if path in SAID_BY_CLIENT:
            continue
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name != "Command":
                places.setdefault(node.name, []).append(path)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
