"""What a venue's file says, entry by entry: read by `venue_file`, and made so by `manage.py venue`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.rules.sharing.plans import PlannedLayer
from auctions.rules.alerts import AlertCondition
from auctions.rules.presets import Preset


@dataclass(frozen=True, slots=True)
class InstrumentEntry:
    """What is traded; quantities are multiples of `quantity_step`, `margin_rate` is a fraction of notional."""

    kind: str
    product_group: str
    settlement_asset: str
    quantity_step: Decimal
    margin_rate: Decimal
    is_listed: bool


@dataclass(frozen=True, slots=True)
class PlaybookEntry:
    """The parameters that are said, by name, as in JSON; what a `preset` says comes before them."""

    preset: Preset | None
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CapEntry:
    """How much of an asset's lots is in auctions at once, of a product group or (None) of the venue; None: no limit.
    `pointer` is where the file says so."""

    pointer: str
    asset: str
    product_group: str | None
    limit: Decimal | None

    @property
    def scope(self) -> object:
        """What it is about: no other is."""
        return (self.asset, self.product_group)


@dataclass(frozen=True, slots=True)
class ExposureEntry:
    """How much the cluster of a group of firms holds in an asset at marks; None: no limit. `pointer` is where the file
    says so."""

    pointer: str
    asset: str
    group: str
    gross_limit: Decimal | None
    net_limit: Decimal | None

    @property
    def scope(self) -> object:
        """What it is about: no other is."""
        return (self.asset, self.group)


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """From how much of a condition on, and after how many minutes of it, there is an alert, and who gets mail. Amounts
    are in `asset`. `pointer` is where the file says so."""

    pointer: str
    condition: AlertCondition
    asset: str | None
    threshold: Decimal
    minutes: int
    mail_to: tuple[str, ...]

    @property
    def scope(self) -> object:
        """What it is about: no other is."""
        return (self.condition, self.asset)


@dataclass(frozen=True, slots=True)
class VenueFile:
    """All that a file says; amounts are in units of their asset, None is no limit.

    `assets` are decimals by code, `groups` those related to each by name (None: as they are), `providers` the group of
    each by name. `approvals` are the amounts above which two persons are needed.
    """

    code: str
    name: str
    terms: Mapping[str, int]
    assets: Mapping[str, int]
    product_groups: tuple[str, ...]
    instruments: Mapping[str, InstrumentEntry]
    playbook: PlaybookEntry | None
    groups: Mapping[str, tuple[str, ...] | None]
    providers: Mapping[str, str]
    caps: tuple[CapEntry, ...]
    exposures: tuple[ExposureEntry, ...]
    approvals: Mapping[str, Decimal | None]
    loss_plan: tuple[PlannedLayer, ...] | None
    alerts: tuple[AlertEntry, ...]
