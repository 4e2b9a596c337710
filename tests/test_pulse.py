"""A program has a pulse as long as it moves on, and none soon after it has stopped."""

from pathlib import Path

import pytest

from backstop import pulse
from backstop.pulse import Pulse


def test_it_is_there_from_the_first_beat_on(tmp_path: Path) -> None:
    assert not Pulse(tmp_path, "clock").is_there()
    Pulse(tmp_path, "clock").beat()
    assert Pulse(tmp_path, "clock").is_there()
    assert not Pulse(tmp_path, "relay").is_there()


def test_it_is_gone_when_it_has_not_beaten_for_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Pulse(tmp_path, "clock").beat()
    beaten_at = float((tmp_path / "clock.pulse").read_text())
    for seconds, there in ((pulse.GONE_SECONDS - 0.001, True), (pulse.GONE_SECONDS, False), (-1, False)):
        monkeypatch.setattr(pulse.time, "monotonic", lambda seconds=seconds: beaten_at + seconds)
        assert Pulse(tmp_path, "clock").is_there() is there, "one from before the host started is none"


def test_a_folder_that_is_gone_ends_no_program(tmp_path: Path) -> None:
    Pulse(tmp_path / "nowhere", "clock").beat()
    assert not Pulse(tmp_path / "nowhere", "clock").is_there()
