"""The only reader of the environment. Names are those of the template in infra/; secrets are not here, only their name."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass

LOCAL_STAGE = "local"
QUEUE_NAMES = ("imports", "parts", "work", "payouts", "plans", "mail", "probes")


class MissingSetting(RuntimeError):
    """The deployment did not set a variable that it must set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this deployment is set up."""

    stage: str
    prefix: str
    """What names of tables begin with, the trailing hyphen included."""
    region: str
    site_url: str
    """Where people's browsers reach us, without a trailing slash. The app builds URLs from this, never from the Host header."""
    imports_bucket: str
    pages_bucket: str
    records_bucket: str
    queue_urls: Mapping[str, str]
    user_pool_id: str
    client_id: str
    auth_url: str
    """Base of the hosted sign-in pages and of the token endpoint."""
    secrets_name: str
    mail_from: str
    """The verified address or domain that mail is sent from; empty sends none."""
    stripe_live: bool
    """Whether Stripe's notices must be of live mode; otherwise they must be of test mode."""
    stripe_base: str | None
    """Where Stripe is; None means Stripe itself. Only a local stage has another place."""

    @property
    def is_local(self) -> bool:
        """Whether business time may be moved and Stripe may be a stand-in."""
        return self.stage == LOCAL_STAGE


def read(environment: Mapping[str, str]) -> Settings:
    """Settings out of a mapping like `os.environ`. Raises `MissingSetting` naming the variable."""

    def required(name: str) -> str:
        value = environment.get(name, "")
        if not value:
            message = f"The variable {name} is not set. Deploy with the template in infra/, which sets it."
            raise MissingSetting(message)
        return value

    stage = required("PRIMETIME_STAGE")
    return Settings(
        stage=stage,
        prefix=required("PRIMETIME_PREFIX"),
        region=environment.get("AWS_REGION") or required("AWS_DEFAULT_REGION"),
        site_url=required("PRIMETIME_SITE_URL").rstrip("/"),
        imports_bucket=required("PRIMETIME_IMPORTS_BUCKET"),
        pages_bucket=required("PRIMETIME_PAGES_BUCKET"),
        records_bucket=required("PRIMETIME_RECORDS_BUCKET"),
        queue_urls={name: required(f"PRIMETIME_QUEUE_{name.upper()}") for name in QUEUE_NAMES},
        user_pool_id=required("PRIMETIME_USER_POOL_ID"),
        client_id=required("PRIMETIME_CLIENT_ID"),
        auth_url=required("PRIMETIME_AUTH_URL").rstrip("/"),
        secrets_name=required("PRIMETIME_SECRETS"),
        mail_from=environment.get("PRIMETIME_MAIL_FROM", ""),
        stripe_live=environment.get("PRIMETIME_STRIPE_LIVE", "false") == "true",
        stripe_base=environment.get("PRIMETIME_STRIPE_BASE") if stage == LOCAL_STAGE else None,
    )


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return read(os.environ)
