"""The secrets, apart by who may read them: what moves money is readable by the payouts function alone.

All hold JSON: `web` has `stripe_webhook_secret`, `stripe_connect_webhook_secret` and `cursor_key`, `payouts` has `stripe_api_key`, `seal`
has `seal_key`, from which the key is derived that seals signed contracts.
Every function is told the name of one of them.
"""

from typing import Final

from infra.template.cfn import Json, secret_name, sub

CURSOR_KEY_LENGTH: Final = 43
SEAL_KEY_LENGTH: Final = 64


def _secret(name: str, **value: Json) -> Json:
    properties = {"Name": sub(secret_name(name))} | value
    return {"Type": "AWS::SecretsManager::Secret", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}


def resources() -> dict[str, Json]:
    """The three secrets. The keys that sign cursors and seal contracts are generated and known to nobody."""
    generated = {
        "SecretStringTemplate": sub(
            '{"stripe_webhook_secret": "${StripeWebhookSecret}", "stripe_connect_webhook_secret": "${StripeConnectWebhookSecret}"}'
        ),
        "GenerateStringKey": "cursor_key",
        "PasswordLength": CURSOR_KEY_LENGTH,
        "ExcludePunctuation": True,
    }
    sealing = {
        "SecretStringTemplate": "{}",
        "GenerateStringKey": "seal_key",
        "PasswordLength": SEAL_KEY_LENGTH,
        "ExcludePunctuation": True,
    }
    return {
        "WebSecret": _secret("web", GenerateSecretString=generated),
        "SealSecret": _secret("seal", GenerateSecretString=sealing),
        "PayoutsSecret": _secret("payouts", SecretString=sub('{"stripe_api_key": "${StripeApiKey}"}')),
    }
