"""`manage.py venue FILE`: a venue as a file describes it. What is not as it says is shown, and applied if asked."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Approval, User
from auctions.management.venue_changes import Done, apply_all, apply_next
from auctions.models import Playbook
from auctions.offline.inputs import InputRefused
from auctions.offline.venue_entries import VenueFile
from auctions.offline.venue_file import read_venue
from auctions.offline.yaml_inputs import YamlFile
from backstop.management.policy import NeedsTables
from backstop.transactions import foresee, perform


class Command(NeedsTables):
    help = (
        "Read a venue's FILE (YAML: venue, assets, product_groups, instruments, playbook, groups, providers, limits, "
        "loss_plan, alerts; docs/venue.example.yaml is one), check all of it, and show what is not as it says. Then "
        "ask, or with --apply at once, make it so. What the file leaves out stays as it is; a second run says that "
        "there is nothing to change. What the venue wants two persons for waits for another one. "
        "Example: manage.py venue docs/venue.example.yaml --apply --person olivia"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file that describes the venue")
        parser.add_argument("--apply", action="store_true", help="do it without asking")
        parser.add_argument("--person", metavar="USER", help="who does it: needed for what needs two persons")
        parser.add_argument("--reason", default="as the venue's file says", help="why, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = _actor(options["person"])
        try:
            document = YamlFile(options["file"])
        except InputRefused as refused:
            raise CommandError(f"{options['file']}: {refused}", returncode=2) from None
        try:
            said = {"wanted": read_venue(document.node, Playbook().parameters), "reason": options["reason"]}
            foreseen = foresee(list, apply_all, actor=actor, **said)
            self._show(said["wanted"], foreseen)
            if foreseen and (options["apply"] or self._is_wanted()):
                self._apply(actor, said)
        except InputRefused as refused:
            faults = sorted(refused.faults, key=lambda fault: document.line(fault.pointer))
            lines = [f"{document.path}:{document.line(fault.pointer)}: {fault}" for fault in faults]
            raise CommandError("\n".join(lines), returncode=2) from None

    def _show(self, wanted: VenueFile, foreseen: list[Done]) -> None:
        self.stdout.write(f"{wanted.code}: {len(foreseen) or 'nothing'} to change")
        for one in foreseen:
            self.stdout.write(f"  {one.text}{' (needs another person)' if isinstance(one.answer, Approval) else ''}")

    def _is_wanted(self) -> bool:
        if not sys.stdin.isatty():
            self.stdout.write("not applied: say --apply")
            return False
        return input("Apply? [y/N] ").strip().lower() in ("y", "yes")

    def _apply(self, actor: str, said: dict[str, Any]) -> None:
        done: list[Done] = []
        while one := perform(apply_next, actor=actor, **said, done=done):
            done.append(one)
            if isinstance(one.answer, Approval):
                self.stdout.write(f"asked: {one.text}; another person confirms approval {one.answer.id}")
            else:
                self.stdout.write(f"done: {one.text}")


def _actor(person: str | None) -> str:
    if person is None:
        return "command:venue"
    if not User.objects.filter(username=person, is_active=True).exists():
        raise CommandError(f"--person: there is no active user {person!r}")
    return f"user:{person}"
