"""docs/faults.md: what was done, what was promised, what was seen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from tests.faults.saboteur import Seen

HEAD = """\
# What faults do to the market

Written by `make faults`: a market of two hosts on real servers, under load, and a seeded saboteur. From ten seconds
after a fault's end until the next one, no due row may be older than ten seconds. At the end every acknowledged write is
there once, every book has ended, nothing is held or oversold, the audit is clean, every transcript verifies, and no
request was answered 500.
`SEED=… make faults` repeats a run.

| fault | promised | times | no sweep did anything for, at worst | oldest due row later |
|---|---|---|---|---|
"""


def document(seen: Sequence[Seen], seed: int, writes: int, wrong: Sequence[str], skipped: Mapping[str, str]) -> str:
    """The whole document."""
    outcome = f"{len(wrong)} promises broken" if wrong else "every promise kept"
    notes = [f"Skipped: {name} ({why})." for name, why in skipped.items()] + [f"Broken: {what}." for what in wrong]
    lines = [*_rows(seen), "", *(f"- {note}" for note in notes), *([""] if notes else [])]
    last = f"Seed {seed}, {len(seen)} faults, {writes:,} acknowledged writes, {outcome}, {datetime.now(UTC).date()}."
    return HEAD + "\n".join([*lines, last]) + "\n"


def _rows(seen: Sequence[Seen]) -> Iterator[str]:
    names = sorted({one.fault.name for one in seen})
    for name in names:
        of_it = [one for one in seen if one.fault.name == name]
        still = max(one.stood_still_seconds for one in of_it)
        due = max((one.worst.due_seconds for one in of_it if one.worst), default=None)
        oldest = "not seen" if due is None else f"{due:.1f} s"
        yield f"| {name} | {of_it[0].fault.promise} | {len(of_it)} | {still:.1f} s | {oldest} |"
