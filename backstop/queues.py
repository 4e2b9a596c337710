"""What waits in a queue of the broker."""

from typing import Any

from kombu import Queue


def count_waiting(queue: Queue, channel: Any) -> int:
    """How many messages nobody has taken yet; the queue is declared by that."""
    declared: Any = queue.bind(channel).queue_declare()
    waiting: int = declared.message_count
    return waiting
