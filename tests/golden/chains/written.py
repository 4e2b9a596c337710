"""The chains of the first folder, signed anew as of today: the newest golden chains, byte for byte.

What links said later is added to them.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from auctions.offline.inputs import parse
from auctions.offline.verify import read_chain
from auctions.rules.chain.links import KINDS, DutchLink, IntakeLink, Link, SealedLink, StepLink
from auctions.rules.chain.whole import BookChain
from auctions.rules.chain.writing import digest_of_document, link_document, signed_link
from auctions.rules.editions import transcript_of
from auctions.rules.regimes import Regime
from backstop.values.documents import plain
from tests.golden.written import shape_of
from tests.rules.sealed import KEY

FIRST = Path(__file__).parent / "1-679993e"


def written() -> Mapping[str, str]:
    """The text of each file, by its name; `shape.json` says which fields there are, and which words."""
    shapes = {kind.value: shape_of(form) for kind, form in KINDS.items()}
    chains = {path.name: _anew(read_chain(parse(path.read_text("utf-8")))) for path in FIRST.glob("*.chain.json")}
    return {"shape.json": _text(shapes), **{name: _text(chain) for name, chain in chains.items()}}


def signed_anew(chain: BookChain) -> BookChain:
    """The chain with each link signed by the key of tests, and following those before it."""
    intake, last, links = b"", dict[int, bytes](), list[Link]()
    for link in chain.links:
        is_step = isinstance(link, StepLink)
        previous = (last.get(link.lot, intake),) if is_step else tuple(last[lot] for lot in sorted(last))
        links.append(signed_link(replace(link, previous=previous), KEY))
        digest = digest_of_document(link_document(links[-1]))
        if is_step:
            last[link.lot] = digest
        else:
            intake = digest
    return replace(chain, links=tuple(links))


def _anew(chain: BookChain) -> Any:
    said = [published.transcript for published in chain.sealed]
    sealed = {t.auction_id: plain(transcript_of(t.auction_id, t.terms, t.bids, t.outcome, KEY)) for t in said}
    links = [
        replace(link, transcript=digest_of_document(sealed[link.auction_id]))
        if isinstance(link, SealedLink)
        else _as_said_today(link)
        for link in chain.links
    ]
    signed = signed_anew(replace(chain, links=tuple(links)))
    return {"links": [link_document(link) for link in signed.links], "sealed": [*sealed.values()]}


def _as_said_today(link: Link) -> Link:
    """Since version 4 an intake says the regime of each lot's market, and a Dutch auction who acted, its marks, and how
    far readiness let them drift."""
    if isinstance(link, IntakeLink):
        return replace(link, lots=tuple(replace(lot, regime=Regime.CALM) for lot in link.lots))
    if not isinstance(link, DutchLink) or not link.takes or link.takes[0].pricing is None:
        return link
    marks = link.takes[0].pricing.means.marks
    names = {each.group: each.provider for each in (*link.takes, *link.ready)}
    ready = tuple(replace(each, max_drift_bps=Decimal(1000), marks=marks) for each in link.ready)
    judged = link.judged and replace(
        link.judged, acts=tuple(replace(act, provider=names[act.group]) for act in link.judged.acts)
    )
    return replace(link, marks=marks, ready=ready, judged=judged)


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir()
    for name, text in written().items():
        (folder / name).write_text(text, encoding="utf-8")
