"""The admin's pages of the market itself."""

from auctions.admin import (
    auctions,
    books,
    breakers,
    caps,
    covers,
    drills,
    faults,
    first_steps,
    inventory,
    markouts,
    people,
    playbooks,
    regimes,
    reports,
    service,
    settlements,
)

__all__ = [
    "auctions",
    "books",
    "breakers",
    "caps",
    "covers",
    "drills",
    "faults",
    "first_steps",
    "inventory",
    "markouts",
    "people",
    "playbooks",
    "regimes",
    "reports",
    "service",
    "settlements",
]
