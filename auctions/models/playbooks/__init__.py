"""A venue's versioned parameters: what they choose from (`choices`), what none may say (`promises`), and them all."""

from auctions.models.playbooks.choices import (
    DISCLOSURES,
    PRICE_RULES,
    RATIONINGS,
    SEALED_FORMATS,
    Assign,
    LotScope,
    SealedBy,
    SettlementMode,
)
from auctions.models.playbooks.playbook import NOT_PARAMETERS, Playbook, default_curve, uncontested_caps

__all__ = [
    "DISCLOSURES",
    "NOT_PARAMETERS",
    "PRICE_RULES",
    "RATIONINGS",
    "SEALED_FORMATS",
    "Assign",
    "LotScope",
    "Playbook",
    "SealedBy",
    "SettlementMode",
    "default_curve",
    "uncontested_caps",
]
