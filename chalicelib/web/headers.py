"""Security headers for everything that a function answers; published pages get their own from CloudFront and the local front."""

import base64
import hashlib
from collections.abc import Mapping

NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'{own_style}; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self' {upload_origin}; "
    "frame-src https://www.youtube-nocookie.com https://player.twitch.tv; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)

_SECURITY_HEADERS: Mapping[str, str] = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def security_headers(upload_origin: str, style: str = "") -> Mapping[str, str]:
    """The headers; `upload_origin` is where pages send sales files, the only other place that their scripts may talk to.

    `style` is the style sheet within a document that is kept and printed on its own: browsers use exactly this one, named by its hash.
    """
    own_style = f" 'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" if style else ""
    policy = _CONTENT_SECURITY_POLICY.format(upload_origin=upload_origin, own_style=own_style)
    return {"Content-Security-Policy": policy, **_SECURITY_HEADERS}
