"""How long the rules' random tests search. The short form takes the same cases each time; HYPOTHESIS_PROFILE=deep
tries fifty times as many, others each time. And calculators, run on a document."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import settings

settings.register_profile("rules", max_examples=100, derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "rules"))


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Runs a calculator on a document, given as an object or as text, and returns what it writes."""

    def run(command: str, document: Any, *options: str) -> str:
        text = document if isinstance(document, str) else json.dumps(document)
        (tmp_path / "input.json").write_text(text, encoding="utf-8")
        out = io.StringIO()
        call_command(*command.split(), str(tmp_path / "input.json"), *options, stdout=out)
        return out.getvalue()

    return run
