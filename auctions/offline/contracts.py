"""Whether the contract of a cover is what its parties signed: its hash computed again, and each signature of it."""

import base64
from collections.abc import Iterator, Mapping

from accounts.rules.sharing.contracts import hash_of_contract, is_signed_by
from auctions.offline.inputs import InputRefused, Node
from auctions.rules.chain.links import TakingTerms

VENUE = "venue"


def contract_differences(node: Node, keys: Mapping[str, bytes]) -> Iterator[str]:
    """What differs in the cover that is written there, as `GET /v1/covers/{id}` publishes it: its `content_hash`, or
    that a party did not sign it by a key of its own.

    `keys` are the parties' public keys, by `venue` and by providers' ids: with any given, every party's is needed; with
    none, nothing is said of whose the keys are that signed. Raises `InputRefused`, also for a key of no party.
    """
    said = node.fields({"text", "terms", "content_hash", "signatures"}, set(node.members()))
    terms = said["terms"]
    parties = {VENUE, *(each.child("provider_id").text() for each in terms.members()["insurers"].items())}
    if strangers := sorted(keys.keys() - parties):
        raise InputRefused("--key", f"{', '.join(strangers)} is no party, which are {', '.join(sorted(parties))}")
    computed = _hash_of(said["text"], terms)
    if said["content_hash"].text() != computed.hex():
        yield f"content_hash is {said['content_hash'].text()}, text and terms make {computed.hex()}"
    signed: dict[bytes, str] = {}
    for each in said["signatures"].items():
        signature = each.fields({"public_key", "signature"}, {"provider_id"})
        party = signature.get_or("provider_id", Node.text, VENUE)
        public_key = _bytes_of(signature["public_key"])
        if keys and party not in keys:
            yield f"no key is given for {party}, who signed by {public_key.hex()}: say --key {party}=PUBLIC_KEY too"
        elif keys and keys[party] != public_key:
            yield f"{party} signed by {public_key.hex()}, which is not the key given for it"
        if signed.setdefault(public_key, party) != party:
            yield f"{party} signed by {public_key.hex()}, the key of {signed[public_key]}"
        if not is_signed_by(public_key, computed, _hex_of(signature["signature"])):
            yield f"{party} did not sign it by {public_key.hex()}"
    if missing := sorted(parties - set(signed.values())):
        yield f"not signed by {', '.join(missing)}"


def taken_by(node: Node) -> TakingTerms:
    """By what insurers may take over by the contract that is written there, under the hash that its text and terms
    make. Raises `InputRefused`, also where it lets nobody take over."""
    said = node.fields({"text", "terms"}, set(node.members()))
    terms = said["terms"].fields({"take_edge_bps", "take_seconds"}, set(said["terms"].members()))
    content_hash = _hash_of(said["text"], said["terms"])
    return TakingTerms(content_hash, terms["take_edge_bps"].decimal(), terms["take_seconds"].whole())


def _hash_of(text: Node, terms: Node) -> bytes:
    try:
        return hash_of_contract(text.text(), terms.value)
    except TypeError:
        raise terms.refuse("must hold texts and whole numbers alone") from None


def _bytes_of(node: Node) -> bytes:
    try:
        return base64.b64decode(node.text(), validate=True)
    except ValueError:
        raise node.refuse("must be base64") from None


def _hex_of(node: Node) -> bytes:
    try:
        return bytes.fromhex(node.text())
    except ValueError:
        raise node.refuse("must be hexadecimal") from None
