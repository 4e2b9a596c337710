"""`python -m tests.cost [ROUNDS]`: what a bid over HTTP costs beside the bare INSERT of its row, and a signed
one beside a bearer's, in so many rounds."""

import base64
import os
import secrets
import sys

from backstop.stack import embedded
from tests.elsewhere import OURS, Elsewhere


def main(rounds: int) -> None:
    elsewhere = Elsewhere()
    for name in OURS:
        os.environ.pop(name, None)
    os.environ |= {
        "TMPDIR": str(elsewhere.folder),
        "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
        "LOG_LEVEL": "ERROR",
    }
    here = embedded.Servers(elsewhere.folder / "run")
    try:
        with embedded.running(here, durable=False, broker=False):
            os.environ |= {"DATABASE_URL": here.owner_url, "BROKER_URL": here.broker_url, **_secrets()}
            from tests.cost.measured import measured

            print(measured(rounds))
    finally:
        elsewhere.clear()


def _secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEALING_KEYS": f"measured:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }


main(int((sys.argv[1:] or ["10"])[0]))
