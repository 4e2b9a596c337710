"""Whether the contract of a cover is what its parties signed: its hash computed again, and each signature of it."""

import base64
from collections.abc import Collection, Iterator

from accounts.rules.sharing.contracts import hash_of_contract, is_signed_by
from auctions.offline.inputs import Node

VENUE = "the venue"


def contract_differences(node: Node, keys: Collection[bytes]) -> Iterator[str]:
    """What differs in the cover that is written there, as `GET /v1/covers/{id}` publishes it: its `content_hash`, or
    that a party did not sign it, by one of the keys where any is given. Raises `InputRefused`."""
    said = node.fields({"text", "terms", "content_hash", "signatures"}, set(node.members()))
    terms = said["terms"]
    try:
        computed = hash_of_contract(said["text"].text(), terms.value)
    except TypeError:
        raise terms.refuse("must hold texts and whole numbers alone") from None
    if said["content_hash"].text() != computed.hex():
        yield f"content_hash is {said['content_hash'].text()}, text and terms make {computed.hex()}"
    signed: set[str] = set()
    for each in said["signatures"].items():
        signature = each.fields({"public_key", "signature"}, {"provider_id"})
        party = signature.get_or("provider_id", Node.text, VENUE)
        public_key = _bytes_of(signature["public_key"])
        if keys and public_key not in keys:
            yield f"{party} signed by {public_key.hex()}, which is none of the keys"
        if not is_signed_by(public_key, computed, _hex_of(signature["signature"])):
            yield f"{party} did not sign it by {public_key.hex()}"
        signed.add(party)
    insurers = {each.child("provider_id").text() for each in terms.members()["insurers"].items()}
    if missing := sorted({VENUE, *insurers} - signed):
        yield f"not signed by {', '.join(missing)}"


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
