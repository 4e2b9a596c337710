"""Clusters: groups of firms that are related, also through others, count as one wherever a rule counts groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Name = TypeVar("Name", bound=Any)  # of a group: anything that has an order


@dataclass(frozen=True, slots=True)
class Clusters(Generic[Name]):
    """The connected components of related groups. A group that is related to none is a cluster by itself."""

    _related: Mapping[Name, frozenset[Name]]

    def members(self, group: Name) -> frozenset[Name]:
        """The group with all that it is related to, through however many others."""
        return self._related.get(group, frozenset({group}))

    def of(self, group: Name) -> Name:
        """What its cluster is called, whichever of its groups is asked for: the first of them."""
        return min(self.members(group))


def clusters(pairs: Iterable[tuple[Name, Name]]) -> Clusters[Name]:
    """What these pairs of related groups join, in any order and either way round."""
    related: dict[Name, frozenset[Name]] = {}
    for pair in pairs:
        joined = frozenset().union(*(related.get(group, frozenset({group})) for group in pair))
        related.update(dict.fromkeys(joined, joined))
    return Clusters(related)
