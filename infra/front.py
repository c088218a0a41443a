"""The local front: answers at one address as CloudFront does in production, published pages from the bucket, everything else from the API.

`python -m infra.front --port 8000 --engine http://127.0.0.1:4566 --api-id ID --bucket NAME`
"""

import argparse
import fnmatch
import urllib.parse
from typing import Any, Final

import boto3
from aiohttp import ClientError, ClientSession, ClientTimeout, web
from botocore.config import Config
from multidict import CIMultiDict
from yarl import URL

from infra.place import REGION
from infra.processes import LOOPBACK
from infra.template.edge import PUBLISHED_PATHS, SECURITY_HEADERS, STAGE_PATH, published_key

LINK_SECONDS: Final = 60
MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""API Gateway takes no more."""
TIMEOUT: Final = ClientTimeout(total=60)
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "content-length",
        "content-encoding",
        "date",
        "host",
        "keep-alive",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
FROM_BUCKET: Final = frozenset(
    {"content-type", "cache-control", "etag", "last-modified", "content-length", "content-range", "accept-ranges", "content-disposition"}
)
CONDITIONS: Final = ("If-None-Match", "If-Modified-Since", "Range")
EDGE_HEADERS: Final = {
    "Content-Security-Policy": SECURITY_HEADERS["ContentSecurityPolicy"]["ContentSecurityPolicy"],
    "Referrer-Policy": SECURITY_HEADERS["ReferrerPolicy"]["ReferrerPolicy"],
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Front:
    """Routes one request to the bucket or to the API."""

    def __init__(self, *, engine: str, api_id: str, bucket: str) -> None:
        """`engine` is the engine's base address."""
        self._api = f"{engine}/restapis/{api_id}{STAGE_PATH}/_user_request_"
        self._bucket = bucket
        self._objects: Any = boto3.client(
            "s3",
            endpoint_url=engine,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  # the engine's own
            config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
        )
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """The one outgoing session, made where an event loop runs."""
        if self._session is None:
            self._session = ClientSession(
                timeout=TIMEOUT, auto_decompress=False, skip_auto_headers=("Content-Type", "User-Agent", "Accept")
            )
        return self._session

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer to any request."""
        published = any(fnmatch.fnmatchcase(request.path, pattern) for pattern in PUBLISHED_PATHS)
        try:
            return await (self._published(request) if published else self._forwarded(request))
        except ClientError:
            return web.Response(status=502, text="The local engine does not answer. `make up` starts it again.\n", headers=EDGE_HEADERS)

    async def _published(self, request: web.Request) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            return web.Response(status=405, headers=EDGE_HEADERS)
        key = published_key(request.path)
        link = self._objects.generate_presigned_url("get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=LINK_SECONDS)
        conditions = {name: request.headers[name] for name in CONDITIONS if name in request.headers}
        async with self.session.get(URL(link, encoded=True), headers=conditions) as found:
            if found.status >= 400:  # noqa: PLR2004  # the bucket's own words are XML
                return web.Response(status=404, text="There is no such page.\n", headers=EDGE_HEADERS)
            kept = CIMultiDict((name, value) for name, value in found.headers.items() if name.lower() in FROM_BUCKET)
            kept.update(EDGE_HEADERS)
            return await _relay(request, found, kept)

    async def _forwarded(self, request: web.Request) -> web.StreamResponse:
        address = URL(self._api + request.raw_path, encoded=True)
        headers = CIMultiDict((name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP)
        headers["CloudFront-Viewer-Address"] = f"{request.remote}:0"
        # The engine answers HEAD with 403 where AWS answers as to GET.
        method = "GET" if request.method == "HEAD" else request.method
        async with self.session.request(
            method, address, headers=headers, data=await request.read() or None, allow_redirects=False
        ) as found:
            kept = CIMultiDict((name, value) for name, value in found.headers.items() if name.lower() not in HOP_BY_HOP)
            for name, value in EDGE_HEADERS.items():
                kept.setdefault(name, value)
            return await _relay(request, found, kept)


async def _relay(request: web.Request, found: Any, headers: "CIMultiDict[str]") -> web.StreamResponse:  # noqa: ANN401  # aiohttp's context
    response = web.StreamResponse(status=found.status, headers=headers)
    if request.method == "HEAD" or found.status in {204, 304}:
        response.content_length = None
        await response.prepare(request)
        return response
    await response.prepare(request)
    async for chunk in found.content.iter_chunked(65_536):
        await response.write(chunk)
    await response.write_eof()
    return response


def application(front: Front) -> web.Application:
    """The front as an aiohttp application."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_route("*", "/{path:.*}", front.answer)

    async def close(_: web.Application) -> None:
        await front.session.close()

    app.on_cleanup.append(close)
    return app


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m infra.front")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--engine", required=True, type=lambda text: urllib.parse.urlsplit(text).geturl().rstrip("/"))
    parser.add_argument("--api-id", required=True)
    parser.add_argument("--bucket", required=True)
    asked = parser.parse_args()
    front = Front(engine=asked.engine, api_id=asked.api_id, bucket=asked.bucket)
    web.run_app(application(front), host=LOOPBACK, port=asked.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
