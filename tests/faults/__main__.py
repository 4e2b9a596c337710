"""`python -m tests.faults`: FAULTS of them (200) by a SEED (any), and what was seen of it, in docs/faults.md.

FAULTS, SEED, HOSTS (2), PAUSE_SECONDS between faults (13), KINDS (a part of their names), REPORT (a path, or nothing).
"""

import base64
import os
import random
import secrets
import sys
from pathlib import Path

from backstop.stack import embedded
from tests.elsewhere import HOUSE, OURS, Elsewhere


def main() -> int:
    count = int(os.environ.get("FAULTS", "200"))
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    elsewhere = Elsewhere()
    _set_environment(elsewhere.folder)
    try:
        wrong = _run(elsewhere.folder, seed, count)
    finally:
        if os.environ.get("KEEP_LOGS"):
            print(f"logs: {elsewhere.folder}")
        else:
            elsewhere.clear()
    for line in wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    print(f"seed {seed}: {'FAILED' if wrong else 'all promises kept'}")
    return 1 if wrong else 0


def _set_environment(folder: Path) -> None:
    for name in OURS:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
        "DATABASE_URL": embedded.Servers(folder / "postgres").database_url,
        "BROKER_URL": embedded.Servers(folder / "redis").broker_url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEALING_KEYS": f"faults:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }


def _run(folder: Path, seed: int, count: int) -> list[str]:
    import django

    django.setup()
    from tests.faults.kinds import kinds_of
    from tests.faults.market import Market
    from tests.faults.saboteur import Watch, plan, sabotage
    from tests.faults.table import document
    from tests.faults.verdict import faults_of

    hosts, pause = int(os.environ.get("HOSTS", "2")), float(os.environ.get("PAUSE_SECONDS", "13"))
    market = Market(folder, hosts, small_disk=hosts > 1)
    print(f"seed {seed}: {count} faults", flush=True)
    with market.running():
        asked = os.environ.get("KINDS", "")
        kinds = [kind for kind in kinds_of(market) if asked in kind.name]
        seen = []
        with Watch() as watch:
            for one in sabotage(market, list(plan(seed, kinds, count)), watch, pause):
                seen.append(one)
                print(f"{len(seen)}. {one}", flush=True)
        market.load.send_no_more()
        wrong = [str(one) for one in seen if not one.is_kept]
        wrong += faults_of(market.load.notes)
        market.load.stop()
    if report := os.environ.get("REPORT", "docs/faults.md"):
        (HOUSE / report).write_text(document(seen, seed, market.load.notes.count, wrong, market.skipped))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
