"""Callers who sign their requests: keys with a public half that is registered, and clients that sign by the other."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.models import Provider
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import PROVIDER_SCOPES
from backstop.api.raw import RAW_PATH
from backstop.client.signing import Signer
from tests.builders import perform
from tests.described import DescribedClient

HOST = "testserver"


def a_public_key() -> str:
    return Signer("", Ed25519PrivateKey.generate()).public_key


def a_signer(provider: Provider, **said: Any) -> Signer:
    """Who signs by a new key of the provider."""
    private_key = Ed25519PrivateKey.generate()
    issued = {"venue": provider.venue, "provider": provider, "scopes": PROVIDER_SCOPES, **said}
    _, key_id = perform(issue_key, **issued, public_key=Signer("", private_key).public_key)
    return Signer(key_id, private_key)


class SigningClient(DescribedClient):
    """Signs whatever it sends, unless it is told other headers of a signature."""

    def __init__(self, signer: Signer) -> None:
        super().__init__(raise_request_exception=False)
        self.signer = signer

    def signed(self, method: str, path: str, body: bytes = b"", *, host: str = HOST, **said: Any) -> dict[str, str]:
        """The headers that sign this, as a test client takes them."""
        headers = self.signer.headers(method, f"http://{host}{path}", body, **said)
        return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}

    def generic(self, method: str, path: str, data: Any = b"", *args: Any, **extra: Any) -> Any:
        body = data.encode() if isinstance(data, str) else data
        if "HTTP_SIGNATURE" not in extra:
            extra |= self.signed(method, path, body)
        return super().generic(method, path, body, *args, **{RAW_PATH: path.partition("?")[0], **extra})
