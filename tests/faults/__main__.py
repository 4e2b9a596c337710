"""`python -m tests.faults`: as many faults as FAULTS says (200), drawn from SEED (any), and docs/faults.md of them.

KINDS is a part of the names of those that are wanted; then nothing is written. `--short` is what `make test` has time
for, and writes nothing either.
"""

import base64
import os
import random
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backstop.stack import embedded
from tests.elsewhere import HOUSE, OURS, Elsewhere


@dataclass(frozen=True)
class Form:
    """How many hosts, whether PostgreSQL has a small disk, how long the market has between faults, and how long a fault
    lasts at most."""

    hosts: int
    small_disk: bool
    pause_seconds: float
    longest_seconds: float


LONG = Form(hosts=2, small_disk=True, pause_seconds=13, longest_seconds=60)
SHORT = Form(hosts=1, small_disk=False, pause_seconds=1, longest_seconds=1)


def main(words: Sequence[str]) -> int:
    count = int(os.environ.get("FAULTS") or 200)
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    print(f"seed {seed}: {count} faults", flush=True)
    elsewhere = Elsewhere()
    _set_environment(elsewhere.folder)
    wrong = ["it was not finished"]
    try:
        wrong = _run(elsewhere.folder, SHORT if "--short" in words else LONG, seed, count)
    finally:
        outcome = "every promise was kept"
        if wrong:
            logs = elsewhere.keep_logs()
            outcome = f"{len(wrong)} promises were broken; logs are in {logs}"
        elsewhere.clear()
    for line in wrong:
        print(f"BROKEN: {line}")
    print(f"seed {seed}: {outcome}")
    return 1 if wrong else 0


def _set_environment(folder: Path) -> None:
    for name in OURS:
        os.environ.pop(name, None)
    postgres = embedded.Servers(folder / "postgres")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
        "DATABASE_URL": postgres.database_url,
        "MIGRATE_DATABASE_URL": postgres.owner_url,
        "BROKER_URL": embedded.Servers(folder / "redis").broker_url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEALING_KEYS": f"faults:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }


def _run(folder: Path, form: Form, seed: int, count: int) -> list[str]:
    """What was not as promised."""
    import django
    from django.conf import settings

    django.setup()  # before anything that has models is imported
    settings.BEARER_KEYS_WRITE = True  # the servers are its own
    from tests.faults.kinds import kinds_of
    from tests.faults.market import Market
    from tests.faults.saboteur import Watch, plan, sabotage
    from tests.faults.table import document
    from tests.faults.verdict import broken_promises

    wanted = os.environ.get("KINDS", "")
    market = Market(folder, form.hosts, form.small_disk)
    seen = []
    with market.running():
        kinds = [kind for kind in kinds_of(market) if wanted in kind.name]
        with Watch() as watch:
            for one in sabotage(market, plan(seed, kinds, count, form.longest_seconds), watch, form.pause_seconds):
                seen.append(one)
                print(f"{len(seen)}. {one}", flush=True)
        market.load.send_no_more()
        wrong = [*(str(one) for one in seen if not one.is_kept), *broken_promises(market.load.notes)]
        market.load.stop()
    if form == LONG and not wanted:
        (HOUSE / "docs/faults.md").write_text(document(seen, seed, market.load.notes.count, wrong, market.skipped))
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
