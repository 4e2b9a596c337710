"""`python -m tests.ha FOLDER`: a market on three hosts, of which one is lost and others are cut off, under load.

Has to be the first process of namespaces of mounts, networks and processes: all that it starts ends with it.
"""

import base64
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.elsewhere import eventually
from tests.ha.deployed import URL, Deployed
from tests.ha.hosts import Host

HEALED_SECONDS = 120
ENOUGH_WRITES = 10
LOOK_SECONDS = 0.05


class Acknowledged:
    """When writes were acknowledged, as far as looking often shows."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._moments: list[float] = []
        threading.Thread(target=self._look, name="acknowledged", daemon=True).start()

    def first_since(self, moment: float) -> float:
        return next(each for each in self._moments if each > moment)

    def go_on(self) -> None:
        """Returns once there are enough more of them."""
        enough = self._count() + ENOUGH_WRITES
        assert eventually(lambda: self._count() >= enough, HEALED_SECONDS), "nothing is acknowledged any more"

    def _look(self) -> None:
        seen = 0
        while True:
            count = self._count()
            if count > seen:
                seen = count
                self._moments.append(time.monotonic())
            time.sleep(LOOK_SECONDS)


def main(folder: Path) -> int:
    began = time.monotonic()
    deployed = Deployed(folder)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
        "DATABASE_URL": deployed.url_of("backstop_programs", "PROGRAMS_PASSWORD"),
        "MIGRATE_DATABASE_URL": deployed.url_of("backstop", "OWNER_PASSWORD"),
        "BROKER_URL": "of no concern",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEALING_KEYS": f"ha:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    wrong = _run(deployed)
    for line in wrong:
        print(f"BROKEN: {line}")
    print(f"{len(wrong)} promises were broken, in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _run(deployed: Deployed) -> list[str]:
    """What was not as promised."""
    import django
    from django.conf import settings

    django.setup()  # before anything that has models is imported
    settings.BEARER_KEYS_WRITE = True  # the servers are its own
    from django.core.management import call_command
    from django.db import connections

    from tests.faults.load import Load
    from tests.faults.market import seed_venues, set_marks
    from tests.faults.verdict import broken_promises

    deployed.start_servers()
    call_command("migrate", verbosity=0)
    deployed.start_programs()
    venues = seed_venues()
    set_marks(URL, venues)
    connections.close_all()
    load = Load(venues, [URL])
    load.start()
    acknowledged = Acknowledged(lambda: load.notes.count)
    acknowledged.go_on()

    _harm_hosts(deployed, acknowledged)
    load.send_no_more()
    wrong = [*broken_promises(load.notes)]
    load.stop()
    print(f"{load.notes.count} acknowledged writes")
    return wrong


def _harm_hosts(deployed: Deployed, acknowledged: Acknowledged) -> None:
    host = deployed.primary()
    _harm(deployed, acknowledged, "the primary's host is lost", host, host.lose, host.boot)
    host = deployed.primary()
    cut, heal = partial(deployed.cut, host), partial(deployed.heal, host)
    _harm(deployed, acknowledged, "the primary's host is cut off", host, cut, heal)
    host = deployed.other_than(deployed.primary())
    cut, heal = partial(deployed.cut, host), partial(deployed.heal, host)
    _harm(deployed, acknowledged, "the standby's host is cut off", host, cut, heal)


def _harm(
    deployed: Deployed,
    acknowledged: Acknowledged,
    what: str,
    host: Host,
    harm: Callable[[], None],
    mend: Callable[[], None],
) -> None:
    """Harms a host, mends it once the other goes on without it, and waits until all is as it was."""
    harmed = time.monotonic()
    harm()
    assert eventually(lambda: deployed.goes_on_without(host), HEALED_SECONDS), f"{what}: the other does not go on"
    gone_on = time.monotonic()
    acknowledged.go_on()
    mend()
    assert eventually(lambda: deployed.is_whole() and deployed.is_ready(), HEALED_SECONDS), f"{what}: it stays away"
    acknowledged.go_on()
    # Before that, what was on both already may be acknowledged when it is asked for again.
    pause = acknowledged.first_since(gone_on) - harmed
    print(f"{what}: no new write was acknowledged for {pause:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
