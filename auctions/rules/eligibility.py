"""Who may take part in the auction of a lot: the one rule, for what is shown, bid, taken, assigned and counted.

The liquidated account's owner takes no part, nor do firms related to it, nor whoever let a settlement of the lot fail.
An auction keeps the answer for as long as it is under way; the database function place_bids reads it there.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Bar(StrEnum):
    """Why a provider may offer nothing: it is suspended everywhere, or excluded from this lot."""

    SUSPENDED = "SUSPENDED"
    EXCLUDED = "EXCLUDED"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that would take part."""

    provider_id: UUID
    group_id: UUID
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Who takes no part in a lot: all of these groups, and these providers."""

    groups: Collection[UUID] = ()
    providers: Collection[UUID] = ()


def why_not(candidate: Candidate, exclusions: Exclusions) -> Bar | None:
    """What keeps it from offering anything new; None where it may take part."""
    if candidate.suspended:
        return Bar.SUSPENDED
    return Bar.EXCLUDED if is_excluded(candidate, exclusions) else None


def is_excluded(candidate: Candidate, exclusions: Exclusions) -> bool:
    """Whether it may take no part in this lot, so that what it has offered does not count either."""
    return candidate.group_id in exclusions.groups or candidate.provider_id in exclusions.providers


def excluded_providers(candidates: Iterable[Candidate], exclusions: Exclusions) -> frozenset[UUID]:
    """Those of them that may take no part in this lot, suspended or not."""
    return frozenset(each.provider_id for each in candidates if is_excluded(each, exclusions))
