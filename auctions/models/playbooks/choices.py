"""What a playbook chooses from."""

from django.db import models

from auctions.rules.clearing import Format, PriceRule, Rationing
from auctions.rules.disclosure import Disclosure


class LotScope(models.TextChoices):
    """What is placed as one: the whole book, each product group of it, or each position."""

    BOOK = "BOOK"
    GROUP = "GROUP"
    POSITION = "POSITION"


class Assign(models.TextChoices):
    """Whether commitments take their share at once, or bid in the sealed auction. BY_REGIME is AS_BIDS while the market
    is calm: nobody reports that it is not yet, and so it is unless a breaker has halted it."""

    FIRST = "FIRST"
    AS_BIDS = "AS_BIDS"
    BY_REGIME = "BY_REGIME"


class SettlementMode(models.TextChoices):
    """Whether an award is settled at once, or once the venue has confirmed it."""

    AUTO = "AUTO"
    CONFIRM = "CONFIRM"


class SealedBy(models.TextChoices):
    """Who encrypts a sealed bid: the venue as it takes the bid in, or its provider before it sends it."""

    VENUE = "VENUE"
    PROVIDER = "PROVIDER"


SEALED_FORMATS = [(each.value, each.value) for each in Format]
PRICE_RULES = [(each.value, each.value) for each in PriceRule]
RATIONINGS = [(each.value, each.value) for each in Rationing]
DISCLOSURES = [(each.value, each.value) for each in Disclosure]
