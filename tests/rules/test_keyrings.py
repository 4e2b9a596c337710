"""Master keys: the first wraps, all unwrap, and a wrapped key fits its purpose only."""

import base64

import pytest

from backstop.values.keyrings import KeyMissing, Keyring, KeyringRefused, WrappedKey

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
KEY, NONCE = bytes(range(32)), bytes(12)


def test_the_first_key_wraps_and_all_unwrap() -> None:
    wrapped = Keyring.from_text(f"old:{OLD}").wrap(KEY, b"purpose", NONCE)
    both = Keyring.from_text(f"new:{NEW}, old:{OLD}")
    assert both.unwrap(wrapped, b"purpose") == KEY
    assert (wrapped.master, both.wrap(KEY, b"purpose", NONCE).master) == ("old", "new")


def test_a_wrapped_key_is_for_one_purpose_and_one_master_key() -> None:
    ring = Keyring.from_text(f"a:{OLD}")
    wrapped = ring.wrap(KEY, b"purpose", NONCE)
    changed = WrappedKey("a", wrapped.content[:-1] + bytes([wrapped.content[-1] ^ 1]))
    for other, purpose, kept in (
        (ring, b"another", wrapped),
        (ring, b"purpose", changed),
        (ring, b"purpose", WrappedKey("a", b"")),
        (ring, b"purpose", WrappedKey("b", wrapped.content)),
        (Keyring.from_text(f"a:{NEW}"), b"purpose", wrapped),
    ):
        with pytest.raises(KeyMissing):
            other.unwrap(kept, purpose)


@pytest.mark.parametrize(
    "text", ["", "a", f":{OLD}", f"a:{OLD},a:{NEW}", "a:c2hvcnQ=", "a:?", f"a b:{OLD}", f"a:{OLD},"]
)
def test_what_is_no_keyring_is_refused(text: str) -> None:
    with pytest.raises(KeyringRefused):
        Keyring.from_text(text)


def test_a_keyring_does_not_show_its_keys() -> None:
    assert "\\x01" not in repr(Keyring.from_text(f"a:{OLD}"))
