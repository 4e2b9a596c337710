"""A process that answers requests and the one that started it: where that was killed, it answers nothing more.

It would go on to take connections beside whoever is started in its place, of another release perhaps, and nobody would
know of it.
"""

import os
import threading
import time

LOOK_SECONDS = 0.5


def end_with_parent() -> None:
    """From here on this process ends within a second of its parent; what was under way is broken off."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
