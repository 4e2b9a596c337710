"""An API key from the command line: prints the secret, once and alone, so that a script can read it, or what requests
that are signed name it by."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Provider
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from backstop.errors import DomainError
from backstop.management.policy import NeedsTables
from backstop.models import Venue
from backstop.transactions import perform


class Command(NeedsTables):
    help = (
        "Issue an API key of a venue, or with --provider of one of its providers, and print it. It cannot be had "
        "again. "
        'Example: manage.py create_key --venue example --person olivia --public-key "$(cat public.pem)"'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--venue", required=True, metavar="CODE", help="the venue's code")
        parser.add_argument("--provider", metavar="NAME", help="the provider's name; without it the key is the venue's")
        parser.add_argument(
            "--scopes",
            nargs="+",
            metavar="SCOPE",
            help=f"of a venue: {' '.join(sorted(VENUE_SCOPES))}; of a provider: {' '.join(sorted(PROVIDER_SCOPES))} "
            "(default: all)",
        )
        parser.add_argument("--label", default="", help="what the key is for, shown in the admin")
        parser.add_argument(
            "--public-key",
            default="",
            metavar="TEXT",
            help="the public half of an Ed25519 key, in base64 or PEM: requests are signed by its holder, and there is "
            "no secret; without one a key only reads (read), but on the demo's servers",
        )
        parser.add_argument(
            "--networks", nargs="+", default=[], metavar="NETWORK", help="where it opens anything (default: everywhere)"
        )
        parser.add_argument(
            "--person", default="", metavar="USER", help="whom it belongs to, for what needs two persons"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        venue = Venue.objects.filter(code=options["venue"]).first()
        if venue is None:
            raise CommandError(f"there is no venue {options['venue']}")
        provider = None
        if options["provider"]:
            provider = Provider.objects.filter(venue=venue, name=options["provider"]).first()
            if provider is None:
                raise CommandError(f"{venue} has no provider {options['provider']}")
        scopes = options["scopes"] or (VENUE_SCOPES if provider is None else PROVIDER_SCOPES)
        try:
            whose = {"venue": venue, "provider": provider, "scopes": scopes, "label": options["label"]}
            whose |= {name: options[name] for name in ("person", "networks", "public_key")}
            _, secret = perform(issue_key, actor="command:create_key", **whose)
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(secret)
