"""The next version of a venue's parameters, as it would be: what is not named stays as it was."""

from collections.abc import Mapping
from typing import Any

from auctions.models import Playbook
from auctions.queries import get_latest_playbook
from auctions.rules.curves import CurveRefused, parameters_of, snapshot_of
from auctions.rules.presets import PRESETS, Preset
from auctions.rules.refusals import AuctionRefusal
from backstop.models import Venue


def draft_playbook(venue: Venue, parameters: Mapping[str, Any], preset: Preset | None) -> Playbook:
    """The latest version but for the `preset`'s parameters, and for these `parameters`; not saved.

    Raises `dutch_curve_refused`, `TypeError` for what is no parameter, and `ValidationError` for a value that its field
    does not take.
    """
    latest = get_latest_playbook(venue.id) or Playbook(venue=venue, version=0)
    if unknown := parameters.keys() - latest.parameters.keys():
        raise TypeError(f"no parameters of a playbook: {', '.join(sorted(unknown))}")
    of_preset = PRESETS[preset] if preset else {}
    changed = {**latest.parameters, **of_preset, **_with_whole_curve(parameters)}
    playbook = Playbook(venue=venue, version=latest.version + 1, **changed)
    playbook.clean_fields()
    return playbook


def _with_whole_curve(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters, of the curve also those that were left to their defaults: these may be others one day."""
    if "dutch_curve" not in parameters:
        return parameters
    try:
        return {**parameters, "dutch_curve": snapshot_of(parameters_of(parameters["dutch_curve"]))}
    except CurveRefused as refused:
        pointer = f"/dutch_curve{refused.pointer}"
        raise AuctionRefusal.DUTCH_CURVE_REFUSED.error(f"{pointer[1:]} {refused.problem}", pointer=pointer) from None
