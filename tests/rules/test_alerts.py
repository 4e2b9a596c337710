"""When a condition holds and has held, where mail can be sent to, and what it says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from auctions.rules.alerts import CONDITIONS, AlertCondition, has_held, holds, is_address, next_look
from auctions.rules.letters import MOST_OF_A_SUBJECT, Letter

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_so_much_is_enough() -> None:
    assert holds(Decimal("1.5"), Decimal("1.5"))
    assert not holds(Decimal("1.499999"), Decimal("1.5"))


def test_so_long_exactly_is_long_enough() -> None:
    assert has_held(NOW - timedelta(minutes=5), 5, NOW)
    assert not has_held(NOW - timedelta(minutes=5) + timedelta(microseconds=1), 5, NOW)


@pytest.mark.parametrize(
    ("now", "looks_at"),
    [((0, 0), (0, 10)), ((0, 9, 999_999), (0, 10)), ((0, 10), (0, 20)), ((0, 50, 1), (1, 0)), ((59, 59), (60, 0))],
)
def test_all_rules_are_looked_at_at_the_next_full_ten_seconds(now: tuple[int, ...], looks_at: tuple[int, int]) -> None:
    minutes, seconds = looks_at
    assert next_look(datetime(2026, 1, 2, 3, *now, tzinfo=UTC)) == datetime(2026, 1, 2, 3, tzinfo=UTC) + timedelta(
        minutes=minutes, seconds=seconds
    )


def test_every_condition_is_in_the_table() -> None:
    assert set(CONDITIONS) == set(AlertCondition)
    labels = [counted.label for counted in CONDITIONS.values()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    "address", ["risk@venue.example", "o'hara+alerts@sub.venue.example", "root@localhost", "a" * 242 + "@venue.examp"]
)
def test_mail_goes_to_plain_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "risk",
        "@venue.example",
        "risk@",
        "risk@venue..example",
        "risk@-venue.example",
        "risk@venue.example\n",
        "risk@venue.example\r\nBcc: mallory@evil.example",
        "risk@venue.example,mallory@evil.example",
        "risk@venue.example mallory@evil.example",
        "Olivia <risk@venue.example>",
        '"a b"@venue.example',
        "risk@venue.example>",
        "rísk@venue.example",
        "risk@vénue.example",
        "risk@[127.0.0.1]",
        "a" * 243 + "@venue.examp",
    ],
)
def test_mail_goes_nowhere_else(address: str) -> None:
    assert not is_address(address)


def test_a_subject_is_one_line_of_bounded_length() -> None:
    letter = Letter.of(UUID(int=1), "a@b", venue="North\r\nBcc: x@y", text="t" * 500, raised_at=NOW, since="Still so.")
    assert letter.subject.startswith("North Bcc: x@y: ttt")
    assert len(letter.subject) == MOST_OF_A_SUBJECT
    assert letter.body.endswith("Raised at 2026-01-02 03:04:05 UTC at North\r\nBcc: x@y.\nStill so.\n")
