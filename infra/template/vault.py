"""The secrets, apart by who may read them: what moves money is readable by the payouts function alone.

Both hold JSON: `web` has `stripe_webhook_secret`, `stripe_connect_webhook_secret` and `cursor_key`, `payouts` has `stripe_api_key`.
Every function is told the name of one of them.
"""

from typing import Final

from infra.template.cfn import Json, secret_name, sub

CURSOR_KEY_LENGTH: Final = 43


def _secret(name: str, **value: Json) -> Json:
    properties = {"Name": sub(secret_name(name))} | value
    return {"Type": "AWS::SecretsManager::Secret", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}


def resources() -> dict[str, Json]:
    """The two secrets. The key that signs cursors is generated and known to nobody."""
    generated = {
        "SecretStringTemplate": sub(
            '{"stripe_webhook_secret": "${StripeWebhookSecret}", "stripe_connect_webhook_secret": "${StripeConnectWebhookSecret}"}'
        ),
        "GenerateStringKey": "cursor_key",
        "PasswordLength": CURSOR_KEY_LENGTH,
        "ExcludePunctuation": True,
    }
    return {
        "WebSecret": _secret("web", GenerateSecretString=generated),
        "PayoutsSecret": _secret("payouts", SecretString=sub('{"stripe_api_key": "${StripeApiKey}"}')),
    }
