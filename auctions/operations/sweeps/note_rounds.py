"""Rounds: a process says that it looked for work at some stages, so that others see who looks after what, and how well.

Leaves the instant, at most twice a second for each process and stage. Who has said nothing for an hour is forgotten.
"""

import os
import socket
from collections.abc import Collection
from datetime import timedelta

from auctions.models import Program, Round
from backstop import clock
from backstop.locks import Lock, lock_free_rows
from backstop.transactions import operation

BETWEEN = timedelta(seconds=0.5)
REMEMBERED = timedelta(hours=1)


@operation
def note_rounds(*, program: Program, stages: Collection[str], venues: Collection[str]) -> None:
    """Note that this process has just ended a round of these stages, for the venues with these codes or, without any,
    for all."""
    now, process = clock.now(), f"{socket.gethostname()}:{os.getpid()}"
    just_noted = Round.objects.filter(process=process, ended_at__gt=now - BETWEEN).values_list("stage", flat=True)
    Round.objects.bulk_create(
        [
            Round(stage=stage, program=program, process=process, venues=sorted(venues), ended_at=now)
            for stage in sorted(set(stages) - set(just_noted))
        ],
        update_conflicts=True,
        unique_fields=["stage", "process"],
        update_fields=["program", "venues", "ended_at"],
    )
    silent = lock_free_rows(Lock.ROUND_ROW, Round.objects.filter(ended_at__lt=now - REMEMBERED))
    Round.objects.filter(id__in=[each.id for each in silent]).delete()
