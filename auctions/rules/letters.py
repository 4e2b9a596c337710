"""What mail of an alert says. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST_OF_A_SUBJECT = 150  # letters


@dataclass(frozen=True, slots=True)
class Letter:
    """Mail to one address: the same under the same id, however often it is sent."""

    id: UUID
    address: str
    subject: str
    body: str

    @classmethod
    def of(cls, letter_id: UUID, address: str, *, venue: str, text: str, raised_at: datetime, since: str) -> "Letter":
        """Of an alert at the venue of this name, with what became of it since. Whatever a name has in it, the subject
        is one line."""
        subject = " ".join(f"{venue}: {text}".split())
        raised = f"Raised at {raised_at:%Y-%m-%d %H:%M:%S} UTC at {venue}."
        return cls(letter_id, address, subject[:MOST_OF_A_SUBJECT], f"{text}\n\n{raised}\n{since}\n")
