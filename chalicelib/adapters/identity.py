"""Who somebody is, by Cognito: hosted sign-in with authorization code and PKCE; the id token's signature is checked."""

import base64
import hashlib
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from chalicelib.core.errors import Unauthenticated
from chalicelib.settings import Settings

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 64_000


class SignInFailed(Unauthenticated):
    """Cognito did not confirm the sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as Cognito knows them; the address is verified by Cognito."""

    user_id: str
    email: str
    name: str


class CognitoIdentity:
    """The hosted sign-in of one user pool client."""

    def __init__(self, *, auth_url: str, client_id: str, callback_url: str, issuer: str, keys_url: str) -> None:
        """`auth_url` is the base of the hosted pages; `issuer` and `keys_url` belong to the pool."""
        self._auth_url = auth_url
        self._client_id = client_id
        self._callback_url = callback_url
        self._issuer = issuer
        self._keys_url = keys_url

    def sign_in_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a browser goes to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback_url,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._auth_url}/oauth2/authorize?{urllib.parse.urlencode(query)}"

    def sign_out_url(self, back_to: str) -> str:
        """Where a browser goes to end the hosted session too."""
        return f"{self._auth_url}/logout?{urllib.parse.urlencode({'client_id': self._client_id, 'logout_uri': back_to})}"

    def identify(self, *, code: str, verifier: str, nonce: str) -> Identity:
        """Trade the callback's code for who signed in. Raises `SignInFailed`."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "redirect_uri": self._callback_url,
            "code_verifier": verifier,
        }
        request = urllib.request.Request(  # noqa: S310  # the address is the deployment's own setting
            f"{self._auth_url}/oauth2/token", urllib.parse.urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                tokens = json.loads(answer.read(MAX_ANSWER_BYTES))
        except (urllib.error.URLError, TimeoutError, json.JSONDecodeError) as error:
            raise SignInFailed("The sign-in could not be confirmed. Please sign in again.") from error
        return self._checked(str(tokens.get("id_token", "")), nonce)

    def _checked(self, token: str, nonce: str) -> Identity:
        import jwt  # noqa: PLC0415  # brings the cryptography package: only a sign-in pays for it

        try:
            key = jwt.PyJWKClient(self._keys_url, timeout=TIMEOUT_SECONDS).get_signing_key_from_jwt(token)
            claims = jwt.decode(
                token, key, algorithms=["RS256"], audience=self._client_id, issuer=self._issuer, options={"require": ["exp", "sub"]}
            )
        except jwt.PyJWTError as error:
            raise SignInFailed("The sign-in could not be confirmed. Please sign in again.") from error
        if claims.get("nonce") != nonce:
            raise SignInFailed("The sign-in could not be confirmed. Please sign in again.")
        if claims.get("email_verified") not in {True, "true"} or not claims.get("email"):
            raise SignInFailed("Your e-mail address must be verified before you can sign in.")
        return Identity(user_id=claims["sub"], email=claims["email"].lower(), name=claims.get("name") or claims["email"])


def identity_of(configured: Settings) -> CognitoIdentity:
    """The pool of this deployment."""
    issuer = f"https://cognito-idp.{configured.region}.amazonaws.com/{configured.user_pool_id}"
    keys_base = f"{configured.auth_url}/{configured.user_pool_id}" if configured.is_local else issuer
    return CognitoIdentity(
        auth_url=configured.auth_url,
        client_id=configured.client_id,
        callback_url=f"{configured.site_url}/auth/callback",
        issuer=issuer,
        keys_url=f"{keys_base}/.well-known/jwks.json",
    )
