"""`manage.py doctor`: what may be wrong with this installation and its market, in a few lines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backstop.health import look, market


class Command(BaseCommand):
    help = (
        "Look at everything that the market needs and say what was seen; exits 1 if anything is wrong. "
        "Example: manage.py doctor"
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        seen = look(market())
        for each in seen:
            self.stdout.write(f"{'ok   ' if each.ok else 'WRONG'} {each.check}: {each.saw}")
        wrong = [each.check for each in seen if not each.ok]
        if wrong:
            raise CommandError(f"{len(wrong)} of {len(seen)} are wrong: {', '.join(wrong)}")
