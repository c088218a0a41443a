"""`python -m infra.operator EMAIL`: make somebody an operator of the local marketplace; the first one cannot be invited by anybody."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.settings import Settings, read
from chalicelib.wiring import Services
from infra.place import Place


def settings_of(place: Place) -> Settings:
    """The settings of a running local stack, as its functions have them."""
    facts = place.facts()
    environment = {
        "PRIMETIME_STAGE": facts["stage"],
        "PRIMETIME_PREFIX": facts["prefix"],
        "AWS_REGION": facts["region"],
        "PRIMETIME_SITE_URL": facts["site_url"],
        "PRIMETIME_USER_POOL_ID": facts["user_pool_id"],
        "PRIMETIME_CLIENT_ID": facts["client_id"],
        "PRIMETIME_AUTH_URL": facts["auth_url"],
        "PRIMETIME_SECRETS": f"{facts['prefix']}web",
        "PRIMETIME_STRIPE_BASE": facts["stripe_url"],
    }
    environment |= {f"PRIMETIME_{name.upper()}_BUCKET": bucket for name, bucket in facts["buckets"].items()}
    environment |= {f"PRIMETIME_QUEUE_{name.upper()}": url for name, url in facts["queues"].items()}
    return read(environment)


@contextmanager
def acting_on(place: Place) -> Iterator[Services]:
    """Services over a local stack's data, with the rights of the account's owner."""
    owner = {"AWS_ENDPOINT_URL": place.engine_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    before = {name: os.environ.get(name) for name in owner}
    os.environ.update(owner)
    try:
        yield Services(settings_of(place))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def make_operator(place: Place, email: str) -> None:
    """Give an address the operator's role; the person signs in with it afterwards."""
    with acting_on(place) as services:
        services.directory.ensure_operator(email)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  # the command and one address
        sys.exit("Say whom: python -m infra.operator somebody@example.com")
    make_operator(Place.from_environment(), sys.argv[1])
