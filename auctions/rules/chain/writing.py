"""Signing links, and the editions of them: every way in which one was ever written, so that it verifies for ever.

An edition never changes. What is to stand in links beside it, or be decided by other rules, makes a new one at the end,
with golden files in tests/golden.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import Field, dataclass, replace
from typing import Any, TypeVar

from auctions.rules.chain.links import Act, AssignLink, ClosingTerms, DutchLink, Link, LotTaken, Pricing, Ready, Taken
from auctions.rules.residual import Close
from auctions.rules.sealing import framed
from backstop.values.documents import canonical, plain
from backstop.values.signatures import SigningKey, is_signed

L = TypeVar("L", bound=Link)


@dataclass(frozen=True, slots=True)
class LinkEdition:
    """Links of a version. `absent` are the fields that they have not, by the dataclass that has them today: they read
    as their defaults. Lots of books taken in by it may spend what their account kept, or may not."""

    version: int
    absent: Mapping[type, frozenset[str]]
    spends_kept: bool = False

    def is_absent(self, value: object, field: Field[Any]) -> bool:
        """Whether links of this edition lack the field of `value`."""
        return self.lacks(type(value), field.name)

    def lacks(self, kind: type, name: str) -> bool:
        """Whether links of this edition lack the field of this name of `kind`."""
        return name in self.absent.get(kind, ())


_UNNAMED: Mapping[type, frozenset[str]] = {AssignLink: frozenset({"contract"})}
_UNINSURED: Mapping[type, frozenset[str]] = {AssignLink: _UNNAMED[AssignLink] | {"by_cover"}}
_UNSHARED: Mapping[type, frozenset[str]] = {
    **_UNINSURED,
    ClosingTerms: frozenset({"in_front"}),
    Close: frozenset({"advances_shared", "debt_shared"}),
}
_UNADVANCED = {**_UNSHARED, ClosingTerms: _UNSHARED[ClosingTerms] | {"kept_advanced"}}
_UNDRIFTED: Mapping[type, frozenset[str]] = {
    Act: frozenset({"provider"}),
    DutchLink: frozenset({"marks"}),
    LotTaken: frozenset({"regime"}),
    Ready: frozenset({"max_drift_bps", "marks"}),
    Taken: frozenset({"max_drift_bps"}),
    **_UNADVANCED,
}
_UNCUT = {**_UNDRIFTED, Taken: _UNDRIFTED[Taken] | {"cut"}, Pricing: frozenset({"kept_units"})}

LINK_EDITIONS = (
    LinkEdition(version=1, absent={**_UNCUT, ClosingTerms: _UNCUT[ClosingTerms] | {"made_whole"}}),
    LinkEdition(version=2, absent=_UNCUT),
    LinkEdition(version=3, absent=_UNDRIFTED),
    LinkEdition(version=4, absent=_UNADVANCED),
    LinkEdition(version=5, absent=_UNSHARED, spends_kept=True),
    LinkEdition(version=6, absent=_UNINSURED, spends_kept=True),
    LinkEdition(version=7, absent=_UNINSURED, spends_kept=True),  # a market may be STRESSED
    LinkEdition(version=8, absent=_UNNAMED, spends_kept=True),
    LinkEdition(version=9, absent={}, spends_kept=True),
)
NEWEST_LINK = LINK_EDITIONS[-1]


def link_edition_of(version: int) -> LinkEdition | None:
    """The edition of links of this version; None where there is none."""
    return next((edition for edition in LINK_EDITIONS if edition.version == version), None)


def signed_link(link: L, key: SigningKey) -> L:
    """The link in the newest edition, signed."""
    draft = replace(link, version=NEWEST_LINK.version, public_key=key.public_key, signature=b"")
    return replace(draft, signature=key.sign(_message(draft, NEWEST_LINK)))


def is_link_kept(link: Link) -> bool:
    """Whether the link, of a known edition, is as the holder of the key that it names signed it."""
    edition = link_edition_of(link.version)
    return edition is not None and is_signed(link.public_key, _message(link, edition), link.signature)


def digest_of_document(document: Any) -> bytes:
    """What stands for a published document, of plain values, in the link after it."""
    return hashlib.sha256(framed("published", canonical(document))).digest()


def link_document(link: Link) -> Any:
    """The link in JSON's own words, as it is published."""
    edition = link_edition_of(link.version)
    assert edition is not None
    return plain(link, omitting=edition.is_absent)


def _message(link: Link, edition: LinkEdition) -> bytes:
    document = plain(link, omitting=edition.is_absent)
    del document["signature"]
    return framed("link", canonical(document))
