"""Presets of a playbook name its parameters, and the patient one is what a new playbook says."""

from auctions.models import Playbook
from auctions.rules.curves import parameters_of
from auctions.rules.presets import PRESETS, Preset

NEW = Playbook().parameters


def test_the_patient_preset_is_what_a_new_playbook_says() -> None:
    assert {name: NEW[name] for name in PRESETS[Preset.PATIENT]} == PRESETS[Preset.PATIENT]


def test_presets_name_parameters_that_there_are() -> None:
    for preset in Preset:
        assert PRESETS[preset].keys() <= NEW.keys()
        parameters_of(PRESETS[preset].get("dutch_curve", NEW["dutch_curve"]))
