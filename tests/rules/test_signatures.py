"""Ed25519 signatures."""

import base64

import pytest

from backstop.values.signatures import KeyRefused, SigningKey, is_signed

ALICE, BOB = SigningKey(bytes(32)), SigningKey(bytes(range(32)))
WRITTEN = base64.b64encode(BOB.seed).decode()


class TestPublished:
    """RFC 8032, section 7.1, tests 1 and 2."""

    @pytest.mark.parametrize(
        ("seed", "public_key", "message", "signature"),
        [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd2"
                "5bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c38"
                "7b2eaeb4302aeeb00d291612bb0c00",
            ),
        ],
    )
    def test_signatures(self, seed: str, public_key: str, message: str, signature: str) -> None:
        key = SigningKey(bytes.fromhex(seed))
        assert key.public_key.hex() == public_key
        assert key.sign(bytes.fromhex(message)).hex() == signature
        assert is_signed(key.public_key, bytes.fromhex(message), bytes.fromhex(signature))


def test_another_message_another_key_and_another_signature_are_refused() -> None:
    signature = ALICE.sign(b"yes")
    assert is_signed(ALICE.public_key, b"yes", signature)
    assert not is_signed(ALICE.public_key, b"no", signature)
    assert not is_signed(BOB.public_key, b"yes", signature)
    assert not is_signed(ALICE.public_key, b"yes", BOB.sign(b"yes"))
    assert not is_signed(b"short", b"yes", signature)
    assert not is_signed(ALICE.public_key, b"yes", b"")


def test_a_key_is_read_from_base64_of_its_32_bytes() -> None:
    assert SigningKey.from_text(WRITTEN) == BOB
    for wrong in ("", "?", WRITTEN[:-2] + "==", WRITTEN[4:], WRITTEN + "AAAA", WRITTEN + "\n", "é"):
        with pytest.raises(KeyRefused):
            SigningKey.from_text(wrong)


def test_a_private_key_shows_only_its_public_part() -> None:
    assert WRITTEN not in repr(BOB)
    assert str(BOB.seed) not in repr(BOB)
    assert BOB.public_key.hex() in repr(BOB)
