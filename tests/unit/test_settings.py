"""Which mode of Stripe a stage is in is said by its deployment, and both of Stripe's endpoints are known by their secrets."""

import json

import msgspec
import pytest

from chalicelib.adapters.secrets import Secrets
from chalicelib.settings import MissingSetting, Settings, read
from infra import template

BUCKETS = [f"{name}_BUCKET" for name in ("IMPORTS", "PAGES", "RECORDS")]
QUEUES = [f"QUEUE_{name}" for name in ("IMPORTS", "PARTS", "WORK", "PAYOUTS", "PLANS", "MAIL", "PROBES")]
NAMES = ["PREFIX", "SITE_URL", "USER_POOL_ID", "CLIENT_ID", "AUTH_URL", "SECRETS", *BUCKETS, *QUEUES]
ENVIRONMENT = {f"PRIMETIME_{name}": "something" for name in NAMES} | {"AWS_REGION": "eu-west-2"}


def settings(stage: str, **more: str) -> Settings:
    return read(ENVIRONMENT | {"PRIMETIME_STAGE": stage} | more)


@pytest.mark.parametrize("stage", ["local", "staging", "production"])
def test_a_stage_is_in_live_mode_only_when_it_says_so(stage: str) -> None:
    assert settings(stage).stripe_live is False
    assert settings(stage, PRIMETIME_STRIPE_LIVE="false").stripe_live is False
    assert settings(stage, PRIMETIME_STRIPE_LIVE="true").stripe_live is True


def test_the_template_says_it_to_every_function_and_is_not_live_by_itself() -> None:
    built = template.build()
    assert built["Parameters"]["StripeLive"]["Default"] == "false"
    assert built["Globals"]["Function"]["Environment"]["Variables"]["PRIMETIME_STRIPE_LIVE"] == {"Ref": "StripeLive"}


def test_only_a_local_stage_has_a_stand_in_for_stripe() -> None:
    assert settings("local", PRIMETIME_STRIPE_BASE="http://127.0.0.1:1").stripe_base == "http://127.0.0.1:1"
    assert settings("staging", PRIMETIME_STRIPE_BASE="http://127.0.0.1:1").stripe_base is None


def test_what_is_not_set_is_named() -> None:
    with pytest.raises(MissingSetting, match="PRIMETIME_PREFIX"):
        settings("local", PRIMETIME_PREFIX="")


def test_the_secret_of_the_template_holds_both_signing_secrets() -> None:
    written = template.build()["Resources"]["WebSecret"]["Properties"]["GenerateSecretString"]["SecretStringTemplate"]["Fn::Sub"]
    filled = written.replace("${StripeWebhookSecret}", "whsec_1").replace("${StripeConnectWebhookSecret}", "whsec_2")
    assert msgspec.convert(json.loads(filled), type=Secrets).webhook_secrets == ("whsec_1", "whsec_2")


def test_an_endpoint_that_is_not_set_up_has_no_secret_to_sign_with() -> None:
    assert Secrets(stripe_webhook_secret="whsec_1").webhook_secrets == ("whsec_1",)
    assert Secrets().webhook_secrets == ()
