"""The deployment's secret, as one record."""

import msgspec


class Secrets(msgspec.Struct, frozen=True):
    """What the deployment's secret holds; a function that may not read one part has it empty."""

    stripe_api_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_connect_webhook_secret: str = ""
    cursor_key: str = ""
    seal_key: str = ""

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What Stripe's endpoints sign with, the platform's and Connect's; one that is not set up is left out."""
        return tuple(secret for secret in (self.stripe_webhook_secret, self.stripe_connect_webhook_secret) if secret)
