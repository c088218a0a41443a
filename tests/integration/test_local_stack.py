"""What the local stack promises to everything that builds on it: sign-in, private buckets, least privilege, one address for all."""

import base64
import hashlib
import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from http import HTTPStatus
from http.client import HTTPMessage
from typing import IO

import pytest
from typing_extensions import override

from infra.place import PREFIX
from tests.stack import Stack

PASSWORD = "correct horse battery staple"
VERIFIER = "v" * 64


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    @override
    def redirect_request(self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        """Never."""


def call(address: str, form: dict[str, str] | None = None, method: str | None = None) -> tuple[int, Message, str]:
    request = urllib.request.Request(address, urllib.parse.urlencode(form).encode() if form else None, method=method)
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def sign_in(stack: Stack, email: str) -> str:
    """The code that the hosted pages give a browser that signs in."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": stack.facts["client_id"],
        "redirect_uri": f"{stack.site_url}/auth/callback",
        "scope": "openid email profile",
        "state": "state",
        "nonce": "nonce",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    _, _, page = call(f"{stack.facts['auth_url']}/oauth2/authorize?{urllib.parse.urlencode(query)}")
    hidden = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}
    status, headers, _ = call(f"{stack.facts['auth_url']}/login", hidden | {"username": email, "password": PASSWORD})
    assert status == HTTPStatus.FOUND
    return urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]


def token(stack: Stack, code: str, verifier: str) -> tuple[int, dict[str, str]]:
    form = {"grant_type": "authorization_code", "client_id": stack.facts["client_id"], "code": code}
    form |= {"redirect_uri": f"{stack.site_url}/auth/callback", "code_verifier": verifier}
    status, _, body = call(f"{stack.facts['auth_url']}/oauth2/token", form)
    return status, json.loads(body)


@pytest.fixture
def person(stack: Stack) -> str:
    people, pool, email = stack.client("cognito-idp"), stack.facts["user_pool_id"], "ada@example.com"
    if not people.list_users(UserPoolId=pool, Filter=f'email = "{email}"')["Users"]:
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        people.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        people.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    return email


def test_a_person_signs_in_with_code_and_pkce_and_a_code_works_once(stack: Stack, person: str) -> None:
    code = sign_in(stack, person)
    status, tokens = token(stack, code, VERIFIER)
    assert status == HTTPStatus.OK
    assert {"id_token", "access_token", "refresh_token"} <= set(tokens)
    assert token(stack, code, VERIFIER)[0] == HTTPStatus.BAD_REQUEST


def test_a_stolen_code_is_worth_nothing_without_its_verifier(stack: Stack, person: str) -> None:
    assert token(stack, sign_in(stack, person), "x" * 64)[0] == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("bucket", ["imports", "pages", "records"])
def test_no_bucket_can_be_read_without_a_signature(stack: Stack, bucket: str) -> None:
    name = stack.facts["buckets"][bucket]
    stack.client("s3").put_object(Bucket=name, Key="private.txt", Body=b"private")
    assert call(f"{stack.facts['engine_url']}/{name}/private.txt")[0] == HTTPStatus.FORBIDDEN


def test_a_published_page_comes_from_the_bucket_with_security_headers(stack: Stack) -> None:
    pages = stack.client("s3")
    key = "shows/front-test/index.html"
    pages.put_object(
        Bucket=stack.facts["buckets"]["pages"],
        Key=key,
        Body="<h1>Café</h1>".encode(),
        ContentType="text/html; charset=utf-8",
        CacheControl="max-age=60",
    )
    status, headers, body = call(f"{stack.site_url}/shows/front-test")
    assert (status, body, headers["Content-Type"], headers["Cache-Control"]) == (
        HTTPStatus.OK,
        "<h1>Café</h1>",
        "text/html; charset=utf-8",
        "max-age=60",
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert call(f"{stack.site_url}/shows/front-test", method="HEAD")[0] == HTTPStatus.OK


def test_a_page_that_was_never_published_is_not_found(stack: Stack) -> None:
    assert call(f"{stack.site_url}/shows/never")[0] == HTTPStatus.NOT_FOUND


def test_unknown_paths_of_the_api_have_security_headers_too(stack: Stack) -> None:
    status, headers, _ = call(f"{stack.site_url}/no/such/path")
    assert status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_sessions_and_holds_vanish_by_themselves(stack: Stack) -> None:
    tables = stack.client("dynamodb")
    for name in ("sessions", "bookings"):
        lifetime = tables.describe_time_to_live(TableName=PREFIX + name)["TimeToLiveDescription"]
        assert (lifetime["TimeToLiveStatus"], lifetime["AttributeName"]) == ("ENABLED", "expires_at")
