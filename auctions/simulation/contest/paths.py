"""How marks move in a world: as the file says, or in one of the ways that a mechanism must stand too."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from auctions.rules.outcome import Path, filtered

CRASH_SHARE, CRASH_SECONDS = 0.4, 1800

MARK_DECIMALS = Decimal("1e-8")


def _given(path: Path, seed: int) -> Sequence[Decimal]:
    return path.marks


def _filtered(path: Path, seed: int) -> Sequence[Decimal]:
    return filtered(path).marks


def _crash(path: Path, seed: int) -> Sequence[Decimal]:
    """From the row in the middle on, they fall by 40 % more within half an hour, and stay there."""
    since = path.times[len(path.times) // 2]
    fallen = [min(max((at - since) / timedelta(seconds=CRASH_SECONDS), 0.0), 1.0) for at in path.times]
    marks = filtered(path).marks
    return [mark * Decimal(1 - CRASH_SHARE * share) for mark, share in zip(marks, fallen, strict=True)]


def _flat(path: Path, seed: int) -> Sequence[Decimal]:
    return [path.marks[0]] * len(path.marks)


def _reversed(path: Path, seed: int) -> Sequence[Decimal]:
    """The last mark first: what fell rises."""
    return filtered(path).marks[::-1]


def _shuffled(path: Path, seed: int) -> Sequence[Decimal]:
    """The same moves in another order."""
    marks = filtered(path).marks
    moves = [later / earlier for earlier, later in pairwise(marks)]
    random.Random(f"{seed}:path").shuffle(moves)
    walked = [marks[0]]
    for move in moves:
        walked.append(walked[-1] * move)
    return walked


PATHS: dict[str, Callable[[Path, int], Sequence[Decimal]]] = {
    "given": _given,
    "filtered": _filtered,
    "crash": _crash,
    "flat": _flat,
    "reversed": _reversed,
    "shuffled": _shuffled,
}


def path_as(name: str, path: Path, seed: int) -> Path:
    """The path with the marks of this name at the same times."""
    return Path(path.times, tuple(Decimal(mark).quantize(MARK_DECIMALS) for mark in PATHS[name](path, seed)))
