"""Which state may follow which. A table of moves is data; models consult it, tests walk it."""

from collections.abc import Mapping
from dataclasses import dataclass


class IllegalMove(Exception):
    """A move that the table does not hold: a fault of ours, never of a caller."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of one kind of thing, each with the states that may follow it; none follow a final state."""

    name: str
    moves: Mapping[str, frozenset[str]]

    @property
    def final(self) -> frozenset[str]:
        """The states that nothing follows."""
        return frozenset(state for state, following in self.moves.items() if not following)

    @property
    def under_way(self) -> tuple[str, ...]:
        """The states that something follows, in the order of the table."""
        return tuple(state for state, following in self.moves.items() if following)

    def require(self, state: str, following: str) -> None:
        """Raise `IllegalMove` unless `following` may come after `state`."""
        if following not in self.moves[state]:
            raise IllegalMove(f"{self.name} cannot move from {state} to {following}")
