"""How often somebody may do something: so many times at once, and so many a second from then on. Some things cost more.

Buckets stand in the database, so that all programs count together. Guarantees that of two who are there at once one
alone gets the last token, and that nobody waits for another's bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from django.conf import settings
from django.db import connection

from backstop import clock
from backstop.models import Bucket
from backstop.sql_functions import read_function

TAKE_TOKEN = read_function(Path(__file__).parent / "sql" / "take_token.sql")


@dataclass(frozen=True, slots=True)
class Rate:
    """`most` at once, and `per_second` from then on; `name` is that of a row of `settings.RATES`."""

    name: str
    most: int
    per_second: float

    @classmethod
    def of(cls, name: str) -> "Rate":
        return cls(name, *settings.RATES[name])

    @property
    def policy(self) -> str:
        """What is allowed, in the words of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.most};w={ceil(self.most / self.per_second)}'


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs: so many tokens, of the bucket of this rate."""

    rate: str
    tokens: int = 1


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after tokens were taken; below zero none were, and so many are missing."""

    rate: Rate
    left: float

    @property
    def is_spent(self) -> bool:
        return self.left < 0

    @property
    def retry_seconds(self) -> int:
        """After how many seconds there are as many again: at least one."""
        return max(1, ceil(-self.left / self.rate.per_second))

    @property
    def said(self) -> str:
        """What is left, in the words of `RateLimit`."""
        full_in = ceil((self.rate.most - self.left) / self.rate.per_second)
        return f'"{self.rate.name}";r={max(0, floor(self.left))};t={full_in}'


def headers_of(allowances: Sequence[Allowance]) -> dict[str, str]:
    """What an answer says of its caller's allowances, and where one of them is spent, when to come again."""
    said = {
        "RateLimit-Policy": ", ".join(one.rate.policy for one in allowances),
        "RateLimit": ", ".join(one.said for one in allowances),
    }
    spent = [one.retry_seconds for one in allowances if one.is_spent]
    return said | ({"Retry-After": str(max(spent))} if spent else {})


def take_tokens(bucket: str, rate: Rate, cost: int = 1) -> Allowance:
    """Take so many. In a query of its own."""
    numbers = [cost, rate.most, rate.per_second]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TAKE_TOKEN.name}(%s, %s, %s, %s)", [f"{rate.name}:{bucket}", *numbers])
        return Allowance(rate, *cursor.fetchone())


def look_at(bucket: str, rates: Sequence[Rate]) -> list[Allowance]:
    """What is left of each, and none taken."""
    names = {f"{rate.name}:{bucket}": rate for rate in rates}
    full_at = dict(Bucket.objects.filter(name__in=names).values_list("name", "full_at"))
    now = clock.now()
    missing_seconds = {name: max((at - now).total_seconds(), 0) for name, at in full_at.items()}
    return [
        Allowance(rate, max(rate.most - missing_seconds.get(name, 0) * rate.per_second, 0))
        for name, rate in names.items()
    ]
