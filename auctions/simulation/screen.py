"""What a run looks like in the terminal: a bar and a table of steps while it lasts, else plain lines."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, Sum
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from auctions.lifecycle import StepKind, StepState
from auctions.models import Step

PLAIN_SECONDS = 5.0


def a_console() -> Console:
    """Where a command writes: colours and movement for who watches, plain lines of any length otherwise."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


@dataclass
class Screen:
    """Shows a venue's books on their way, from `with` to its end."""

    console: Console
    venue_id: UUID
    total: int
    marks: dict[str, str] = field(default_factory=dict)
    _said_at: float = 0.0

    def __post_init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._sent = self._progress.add_task("books sent", total=self.total)
        self._ended = self._progress.add_task("books ended", total=self.total)
        self._live = Live(console=self.console, auto_refresh=False, transient=True)

    def __enter__(self) -> "Screen":
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def show(self, sent: int, ended: int, note: str = "") -> None:
        """The state of things now."""
        if self.console.is_terminal:
            self._progress.update(self._sent, completed=sent)
            self._progress.update(self._ended, completed=ended)
            self._live.update(Group(self._progress, self._steps(), note), refresh=True)
        elif time.monotonic() - self._said_at >= PLAIN_SECONDS or sent == ended == self.total:
            self._said_at = time.monotonic()
            self.console.print(f"{sent} of {self.total} books sent, {ended} ended. {note}".strip(), highlight=False)

    def _steps(self) -> Table:
        table = Table("step", "lots waiting", "in auction", "settling", "ended", "units in", "units placed")
        for kind, *numbers in step_rows(self.venue_id):
            table.add_row(kind, *(str(number or 0) for number in numbers))
        return table


def step_rows(venue_id: UUID) -> Iterable[tuple[str, int, int, int, int, int, int]]:
    """Each stage of the waterfall with how many lots are where in it."""
    in_state = {
        f"in_{state}": Count("id", filter=Q(state=state))
        for state in (StepState.READY, StepState.OPEN, StepState.SETTLING, StepState.ENDED)
    }
    counted = {
        row[0]: row
        for row in Step.objects.filter(lot__book__venue=venue_id)
        .order_by("kind")
        .values_list("kind")
        .annotate(**in_state, units=Sum("units_in"), placed=Sum("units_placed"))
    }
    return [counted.get(kind.value, (kind.value, 0, 0, 0, 0, 0, 0)) for kind in StepKind]
