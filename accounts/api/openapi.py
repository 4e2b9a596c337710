"""How /v1/openapi.json describes keys. Found by drf-spectacular once it is imported, when the app is ready."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        described = (
            "An API key of a venue or of a provider. A key without a secret signs requests: see docs/signing.md."
        )
        return {"type": "http", "scheme": "bearer", "description": described}
