"""Rotation of the master key of sealed bids: what was wrapped with an older one is wrapped with the current one."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from auctions.models import Auction
from auctions.operations.operator.rewrap_key import rewrap_key
from backstop.management.policy import NeedsTables
from backstop.transactions import perform
from backstop.values.keyrings import KeyMissing


class Command(NeedsTables):
    help = (
        "Wrap the keys of all sealed auctions with the first master key of SEALING_KEYS. Put the new key before the "
        "old one, start every process with both, run this, then take the old one away. Harmless to break off or repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        current = settings.SEALING_KEYS.current
        older = Auction.objects.filter(sealed_key__isnull=False).exclude(sealing_key=current).order_by("id")
        done = 0
        missing = []
        for auction_id in older.values_list("id", flat=True):
            try:
                perform(rewrap_key, actor="command:rotate_sealing_keys", auction_id=auction_id)
                done += 1
            except KeyMissing as problem:
                missing.append(f"auction {auction_id}: {problem}")
        self.stdout.write(f"{done} keys are wrapped with {current!r} now")
        if missing:
            raise CommandError(f"{len(missing)} keys could not be unwrapped, the first: {missing[0]}")
