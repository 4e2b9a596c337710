"""Whether a transcript holds and receipts are kept by it, whether a book's chain does, or one link of it, and whether
the contract of a cover is what its parties signed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auctions.offline.contracts import VENUE, contract_differences, taken_by
from auctions.offline.documents import read_document
from auctions.offline.inputs import InputRefused, Node, parse, read
from auctions.rules.chain.links import KINDS, AssignLink, Link, LinkKind, TakingTerms
from auctions.rules.chain.verification import link_differences, place_of
from auctions.rules.chain.whole import BookChain, Published, chain_differences
from auctions.rules.chain.writing import link_edition_of
from auctions.rules.editions import Edition, edition_of
from auctions.rules.receipts import Receipt, absent_from
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.verification import differences
from backstop.values.documents import plain
from backstop.values.frozen import frozen
from backstop.values.signatures import KeyRefused, public_key_from_text

PUBLIC_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Differs(Exception):
    """The documents do not hold together; the message says what differs."""


def verify(
    transcript_path: str,
    receipt_paths: Sequence[str],
    key_texts: Sequence[str],
    playbook_path: str | None = None,
    contract_paths: Sequence[str] = (),
) -> str:
    """What holds, in one line. The paths are of files, - of standard input; without keys the one that the transcript
    names must have signed; those of a contract are PARTY=KEY. The parameters of a chain are those of the playbook, and
    those by which insurers took over those of the contracts, where these are given. Raises `InputRefused` for what
    cannot be read, `Differs` with the first difference.
    """
    node = read(transcript_path).without("drill")  # which stands beside what is signed
    if "links" in node.members():
        return _verify_chain(node, receipt_paths, key_texts, playbook_path, contract_paths)
    if playbook_path is not None or contract_paths:
        raise InputRefused("--contract" if contract_paths else "--playbook", "is for the chain of a book")
    if "signatures" in node.members():
        return _verify_contract(node, receipt_paths, key_texts)
    if "kind" in node.members():
        return _verify_link(node, receipt_paths, key_texts)
    transcript, edition = read_transcript(node)
    receipts = [read_receipt(read(path).unwrapped("receipt")) for path in receipt_paths]
    keys = {_public_key(text) for text in key_texts} or {transcript.public_key}
    for difference in differences(transcript, receipts, keys, edition):
        raise Differs(difference)
    return _summary(transcript, len(receipts))


def verify_chain(document: Mapping[str, Any]) -> str:
    """The same of a book's chain as it is published (`auctions.queries.get_chain`), signed by the key that it names."""
    return _verify_chain(parse(json.dumps(document)), (), (), None, ())


def read_transcript(node: Node) -> tuple[TranscriptDocument, Edition]:
    """The transcript, and the edition that it is of. Raises `InputRefused`, or `Differs` for one that is not known."""
    said = node.fields({"version", "terms"}, set(node.members()))
    version, terms = said["version"].whole(), said["terms"].members()
    edition = edition_of(version, terms.keys())
    if edition is None:
        raise Differs(f"the transcript is of version {version}, and none like it is known here")
    return read_document(TranscriptDocument, node, edition.absent), edition


def read_receipt(node: Node) -> Receipt:
    """The receipt that is written there, of either format. Raises `InputRefused`."""
    bids = node.fields({"bids"}, set(node.members()))["bids"].items()
    return read_document(Receipt, node, absent_from(bids[0].members() if bids else ()))


def read_link(node: Node) -> Link:
    """The link of a book's chain that is written there. Raises `InputRefused`, or `Differs` for a version that is not
    known."""
    said = node.fields({"version", "kind"}, set(node.members()))
    version, kind = said["version"].whole(), said["kind"].choice(LinkKind)
    edition = link_edition_of(version)
    if edition is None:
        raise Differs(f"the link is of version {version}, and none like it is known here")
    return read_document(KINDS[kind], node, edition.absent)


def read_chain(node: Node) -> BookChain:
    """The chain that is written there, with the transcripts of its sealed auctions. Raises as `read_link` does."""
    said = node.fields({"links", "sealed"}, set(node.members()))
    links = tuple(read_link(link) for link in said["links"].items())
    sealed = [(each, *read_transcript(each)) for each in said["sealed"].items()]
    return BookChain(links, tuple(Published(transcript, edition, each.value) for each, transcript, edition in sealed))


def read_playbook(node: Node) -> dict[str, Any]:
    """The parameters of the playbook that is written there, as it was published. Raises `InputRefused`."""
    said = node.fields({"parameters"}, set(node.members()))
    return {name: frozen(parameter.value) for name, parameter in said["parameters"].members().items()}


def _verify_chain(
    node: Node,
    receipt_paths: Sequence[str],
    key_texts: Sequence[str],
    playbook_path: str | None,
    contract_paths: Sequence[str],
) -> str:
    chain = read_chain(node)
    _refuse_receipts(receipt_paths)
    keys = {_public_key(text) for text in key_texts} or {link.public_key for link in chain.links[:1]}
    published = None if playbook_path is None else read_playbook(read(playbook_path))
    _require_none(chain_differences(chain, keys, published))
    _require_none(_of_contracts(chain, [taken_by(read(path)) for path in contract_paths]))
    end = "closed to the last cent" if chain.is_closed else "as far as it goes: the book is not closed yet"
    return f"holds: {len(chain.links)} links, {end}, signed by {min(keys).hex()}"


def _of_contracts(chain: BookChain, contracts: Sequence[TakingTerms]) -> Iterator[str]:
    """Where an insurer took over by other terms than its contract's, of which each is one by which somebody did."""
    said = [(link, link.contract) for link in chain.links if isinstance(link, AssignLink) and link.contract]
    for contract in contracts:
        own = [(link, each) for link, each in said if each.content_hash == contract.content_hash]
        if not own:
            raise InputRefused("--contract", f"nobody took over by {contract.content_hash.hex()}")
        for link, each in own:
            if each != contract:
                yield f"{place_of(link)} goes by {plain(each)}, and by its contract it is {plain(contract)}"


def _verify_link(node: Node, receipt_paths: Sequence[str], key_texts: Sequence[str]) -> str:
    link = read_link(node)
    _refuse_receipts(receipt_paths)
    keys = {_public_key(text) for text in key_texts} or {link.public_key}
    _require_none(link_differences(link, keys))
    return f"holds: {place_of(link)} of book {link.book_id}, signed by {link.public_key.hex()}"


def _verify_contract(node: Node, receipt_paths: Sequence[str], key_texts: Sequence[str]) -> str:
    _refuse_receipts(receipt_paths)
    keys = _keys_of_parties(key_texts)
    _require_none(contract_differences(node, keys))
    contract = f"holds: the contract {node.child('content_hash').text()}"
    count = len(node.child("signatures").items())
    if not keys:
        return f"{contract} is whole, signed by {count} keys that it names itself; whose they are is not verified"
    return f"{contract}, signed by {count} parties"


def _require_none(found: Iterator[str]) -> None:
    try:
        for line in found:
            raise Differs(line)
    except InputRefused:
        raise
    except (ValueError, ArithmeticError, LookupError) as error:
        raise Differs(f"it says what no rule can decide by: {error}") from None


def _refuse_receipts(paths: Sequence[str]) -> None:
    if paths:
        raise InputRefused("--receipt", "is for the transcript of a sealed auction")


def _public_key(text: str) -> bytes:
    if PUBLIC_KEY.fullmatch(text):
        return bytes.fromhex(text)
    try:
        return public_key_from_text(text)
    except KeyRefused:
        raise InputRefused("--key", "must be 64 hexadecimal digits, or base64 or PEM of the same") from None


def _keys_of_parties(texts: Sequence[str]) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for text in texts:
        party, is_named, key = text.partition("=")
        if not is_named:
            raise InputRefused("--key", f"of a contract is PARTY=PUBLIC_KEY, of {VENUE} or of a provider's id")
        if party in keys:
            raise InputRefused("--key", f"{party} is given twice")
        keys[party] = _public_key(key)
    return keys


def _summary(transcript: TranscriptDocument, receipts: int) -> str:
    units = transcript.terms.units
    return (
        f"holds: {units - transcript.outcome.unfilled_units} of {units} units awarded by {len(transcript.bids)} bids, "
        f"receipts kept: {receipts}, signed by {transcript.public_key.hex()}"
    )
