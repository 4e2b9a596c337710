"""What journeys may ask for."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests import builders as build
from tests import market


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.a_playbook(
        venue,
        fund_draw_limit="5000",
        fund_inventory_limit="1000000",
        mark_max_age_seconds=3600,
        cover_percent=0,
        max_reopenings=0,
    )
    return venue


@pytest.fixture
def verify(tmp_path: Path) -> Any:
    """What `manage.py verify` says about these documents, and its exit code."""

    def verify(transcript: Any, *receipts: Any, **options: Any) -> tuple[int, str]:
        paths = [tmp_path / f"{number}.json" for number in range(len(receipts) + 1)]
        for path, document in zip(paths, (transcript, *receipts), strict=True):
            path.write_text(json.dumps(document))
        first, *others = map(str, paths)
        out = io.StringIO()
        try:
            call_command("verify", first, receipt=others, stdout=out, **options)
        except CommandError as refused:
            return refused.returncode, str(refused)
        return 0, out.getvalue()

    return verify
