"""The public key, for everybody to verify with."""

from django.conf import settings

from backstop.values.signatures import is_signed


def test_everybody_may_read_the_public_key(client) -> None:
    answer = client.get("/v1/signing_key").json()
    assert answer["algorithm"] == "Ed25519"
    assert is_signed(bytes.fromhex(answer["public_key"]), b"a promise", settings.SIGNING_KEY.sign(b"a promise"))


def test_the_public_key_is_for_reading_only(client) -> None:
    assert client.post("/v1/signing_key").status_code == 405
