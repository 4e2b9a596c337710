"""The contract of a cover: its terms, the one hash of text and terms that every party signs, and what makes it valid.

Whoever has the text, the terms as they were published and the parties' public keys can verify it alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.covers import ALL_PARTS
from accounts.rules.sharing.levels import Levels
from accounts.rules.sharing.premiums import Tariff
from backstop.values.amounts import AmountRefused, require_scale, to_text
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE
from backstop.values.documents import canonical, plain
from backstop.values.signatures import is_signed

SIGNED_FOR = b"backstop-cover-v1"
SIGNED_WITHIN = timedelta(days=7)  # from its draft until it is active
SUSPENDED_FOR = timedelta(days=7)  # at most: then it runs off
REGIMES = ("CALM", "STRESSED", "HALTED")
BUCKETS = ("1", "2", "3", "4", "5")  # of ratings, the best first
FACTOR_SCALE = 4
LEAST_COPAY = Decimal("0.1")
FRACTION_SCALE = 4
MOST_TEXT = 20_000  # letters
LONGEST_OFFER = 300  # seconds that a lot waits for its insurers
LONGEST_OWED = 10 * 31_536_000  # seconds that what an insurer lent is owed to it


class Trigger(StrEnum):
    """What an insurer is asked to perform for: a loss event's UNL, or beside it an account's margin call, or cash for
    the venue's fund against its inventory."""

    SHORTFALL = "SHORTFALL"
    MARGIN_CALL = "MARGIN_CALL"
    LIQUIDITY = "LIQUIDITY"


class Performance(StrEnum):
    """What an insurer answers a claim with: it pays, or disputes that it owes."""

    PAY = "PAY"
    DISPUTE = "DISPUTE"


@dataclass(frozen=True, slots=True)
class InsuredPart:
    """What of all that the insurers pay one provider pays, in ten-thousandths."""

    provider_id: UUID
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumTerms:
    """What the cover costs: its tariff with a factor for each regime, the worst of the venue's markets, and for the
    worst rating of an insurer; and for how long it stands when nothing more is paid in advance."""

    tariff: Tariff
    by_regime: Mapping[str, Decimal]
    by_rating: Mapping[str, Decimal]
    grace_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """The terms of the contract of this id: amounts in units of the asset, shares as fractions, durations in seconds.

    Protected is the cluster of the group, or that account, or with neither the venue itself. Where there is a
    `take_edge_bps`, insurers may take what is to be auctioned over for that edge at most, in so many seconds. Where
    there are `levels`, so much of the limit is covered, by the worst regime of the markets and the worst rating.
    Where there are `cure_interest_bps`, insurers may cover margin calls, and are owed what they paid with that
    interest, in basis points a year, for `repay_seconds`. Where there is a `repo_limit`, they lend so much at once at
    most to the venue's fund against its inventory, marked less `repo_haircut_bps`, for `repo_seconds` at most and
    `repo_interest_bps` a year; of what is not drawn they are paid `repo_fee_bps` a year with the premium.
    """

    cover_id: UUID
    venue_id: UUID
    group_id: UUID | None
    account: str
    asset: str
    triggers: tuple[Trigger, ...]
    attachment: Decimal
    limit: Decimal
    aggregate: Decimal
    quota_share: Decimal
    copay: Decimal
    funding_rate: Decimal
    hours_clause_seconds: int
    waiting_seconds: int
    term_seconds: int
    notice_seconds: int
    answer_seconds: int
    default_answer: Performance
    insurers: tuple[InsuredPart, ...]
    premium: PremiumTerms
    take_edge_bps: Decimal | None = None
    take_seconds: int | None = None
    levels: Levels | None = None
    cure_interest_bps: Decimal | None = None
    repay_seconds: int | None = None
    repo_limit: Decimal | None = None
    repo_haircut_bps: Decimal | None = None
    repo_seconds: int | None = None
    repo_interest_bps: Decimal | None = None
    repo_fee_bps: Decimal | None = None


# A contract that says nothing of these lacks their names.
OF_REPOS = ("repo_limit", "repo_haircut_bps", "repo_seconds", "repo_interest_bps", "repo_fee_bps")
OPTIONAL = frozenset({"take_edge_bps", "take_seconds", "levels", "cure_interest_bps", "repay_seconds", *OF_REPOS})
TERMS = tuple(field.name for field in fields(ContractTerms))


def hash_of_contract(text: str, terms: Mapping[str, Any]) -> bytes:
    """sha256(sha256(text) || canonical JSON of the terms), the terms in JSON's own words."""
    return hashlib.sha256(hashlib.sha256(text.encode()).digest() + canonical(terms)).digest()


def terms_in_words(terms: ContractTerms) -> dict[str, Any]:
    """The terms in JSON's own words, as they are published and signed."""
    said = dict(plain(terms))
    return {name: value for name, value in said.items() if value is not None or name not in OPTIONAL}


def is_signed_by(public_key: bytes, content_hash: bytes, signature: bytes) -> bool:
    """Whether the holder of this key signed the contract of this hash."""
    return is_signed(public_key, SIGNED_FOR + content_hash, signature)


def require_contract(terms: ContractTerms, scale: int) -> None:
    """Raises `cover_refused` for what no contract may say: parts that are not 10,000 together, an insurer that is named
    twice, a co-payment below 10 %, shares that are none, an aggregate below the limit, or two protected parties."""
    _require_insurers(terms.insurers)
    amounts = ("attachment", "limit", "aggregate")
    for name in amounts:
        _require_amount(name, getattr(terms, name), scale)
    for name in ("quota_share", "copay", "funding_rate"):
        _require_amount(name, getattr(terms, name), FRACTION_SCALE)
    if terms.group_id is not None and terms.account:
        raise _refused("account", "a cluster or an account is protected, not both")
    if terms.attachment < 0:
        raise _refused("attachment", "must not be below zero")
    if terms.limit <= 0:
        raise _refused("limit", "must be above zero")
    if terms.aggregate < terms.limit:
        raise _refused("aggregate", "must be at least the limit of one event")
    if not 0 < terms.quota_share <= 1:
        raise _refused("quota_share", "must be above 0 and at most 1")
    if not LEAST_COPAY <= terms.copay < 1:
        raise _refused("copay", f"must be at least {to_text(LEAST_COPAY)} and below 1")
    if not 0 < terms.funding_rate <= 1:
        raise _refused("funding_rate", "must be above 0 and at most 1")
    if not terms.triggers or len(set(terms.triggers)) < len(terms.triggers):
        raise _refused("triggers", "name each once, and one at least")
    if Trigger.SHORTFALL not in terms.triggers:
        raise _refused("triggers", f"name {Trigger.SHORTFALL}: all else is done instead of paying for it")
    if terms.term_seconds <= terms.waiting_seconds:
        raise _refused("waiting_seconds", "must be shorter than the term")
    _require_taking(terms.take_edge_bps, terms.take_seconds)
    _require_levels(terms.levels)
    _require_curing(terms)
    _require_lending(terms, scale)
    _require_premium(terms.premium)


def _require_taking(edge_bps: Decimal | None, seconds: int | None) -> None:
    if (edge_bps is None) != (seconds is None):
        raise _refused("take_seconds", "name both take_edge_bps and take_seconds, or neither")
    if edge_bps is None or seconds is None:
        return
    _require_amount("take_edge_bps", edge_bps, EDGE_SCALE)
    if edge_bps < 0:
        raise _refused("take_edge_bps", "must not be below zero")
    if not 0 < seconds <= LONGEST_OFFER:
        raise _refused("take_seconds", f"must be from 1 to {LONGEST_OFFER}")


def _require_levels(levels: Levels | None) -> None:
    if levels is None:
        return
    if sorted(levels) != sorted(REGIMES) or any(sorted(of_regime) != sorted(BUCKETS) for of_regime in levels.values()):
        raise _refused("levels", f"name for each of {', '.join(REGIMES)} a level for each of {', '.join(BUCKETS)}")
    for level in (each for of_regime in levels.values() for each in of_regime.values()):
        _require_amount("levels", level, FRACTION_SCALE)
        if not 0 <= level <= 1:
            raise _refused("levels", "each must be from 0 to 1")


def _require_curing(terms: ContractTerms) -> None:
    said = (Trigger.MARGIN_CALL in terms.triggers, terms.cure_interest_bps is not None, terms.repay_seconds is not None)
    if len(set(said)) > 1:
        raise _refused(
            "repay_seconds", "name cure_interest_bps, repay_seconds and the trigger MARGIN_CALL, or none of them"
        )
    if terms.cure_interest_bps is None or terms.repay_seconds is None:
        return
    _require_amount("cure_interest_bps", terms.cure_interest_bps, EDGE_SCALE)
    if terms.cure_interest_bps < 0:
        raise _refused("cure_interest_bps", "must not be below zero")
    if not 0 < terms.repay_seconds <= LONGEST_OWED:
        raise _refused("repay_seconds", f"must be from 1 to {LONGEST_OWED}")


def _require_lending(terms: ContractTerms, scale: int) -> None:
    said = (Trigger.LIQUIDITY in terms.triggers, *(getattr(terms, name) is not None for name in OF_REPOS))
    if len(set(said)) > 1:
        raise _refused("repo_limit", f"name {', '.join(OF_REPOS)} and the trigger LIQUIDITY, or none of them")
    limit, haircut, seconds = terms.repo_limit, terms.repo_haircut_bps, terms.repo_seconds
    if limit is None or haircut is None or seconds is None:
        return
    if terms.group_id is not None or terms.account:
        raise _refused("repo_limit", "the fund that is lent to is the venue's: it is what the cover protects then")
    if terms.funding_rate != 1:
        raise _refused("funding_rate", "must be 1 where insurers lend: what may be drawn is pledged whole")
    _require_amount("repo_limit", limit, scale)
    if limit <= 0:
        raise _refused("repo_limit", "must be above zero")
    for name in ("repo_haircut_bps", "repo_interest_bps", "repo_fee_bps"):
        _require_amount(name, getattr(terms, name), EDGE_SCALE)
        if getattr(terms, name) < 0:
            raise _refused(name, "must not be below zero")
    if haircut >= BPS_PER_ONE:
        raise _refused("repo_haircut_bps", f"must be below {BPS_PER_ONE}")
    if not 0 < seconds <= LONGEST_OWED:
        raise _refused("repo_seconds", f"must be from 1 to {LONGEST_OWED}")


def _require_premium(premium: PremiumTerms) -> None:
    tariff, use = premium.tariff, premium.tariff.use
    rates = (tariff.base_bps, tariff.floor_bps, tariff.cap_bps, tariff.max_step_bps)
    factors = (use.kink, use.unused, use.at_kink, use.used_up, *premium.by_regime.values(), *premium.by_rating.values())
    for number in (*rates, *factors):
        _require_amount("premium", number, FACTOR_SCALE)
        if number < 0:
            raise _refused("premium", "no rate and no factor is below zero")
    if tariff.floor_bps > tariff.cap_bps:
        raise _refused("premium", "its floor must not be above its cap")
    if not 0 < use.kink < 1:
        raise _refused("premium", "the kink must be between 0 and 1")
    if sorted(premium.by_regime) != sorted(REGIMES) or sorted(premium.by_rating) != sorted(BUCKETS):
        raise _refused("premium", f"name a factor for each of {', '.join((*REGIMES, *BUCKETS))}")


def _require_insurers(insurers: tuple[InsuredPart, ...]) -> None:
    if len({each.provider_id for each in insurers}) < len(insurers):
        raise _refused("insurers", "name each insurer once")
    if any(each.parts < 1 for each in insurers):
        raise _refused("insurers", "each has one part at least")
    if (count := sum(each.parts for each in insurers)) != ALL_PARTS:
        raise _refused("insurers", f"their parts must be {ALL_PARTS} together, and are {count}")


def _require_amount(name: str, amount: Decimal, scale: int) -> None:
    try:
        require_scale(amount, scale, name)
    except AmountRefused as refused:
        raise _refused(name, refused.problem) from None


def _refused(name: str, problem: str) -> Exception:
    return AccountRefusal.COVER_REFUSED.error(f"{name}: {problem}", pointer=f"/{name}")
