"""The edge: CloudFront in front of the published pages and the API. Absent on a local stage, where infra/front.py does the same."""

from typing import Final

from infra.template.cfn import Json, attribute, ref, sub

PAGES_ORIGIN: Final = "pages"
API_ORIGIN: Final = "api"
STAGE_PATH: Final = "/api"
"""Chalice's API Gateway stage; the edge adds it, so that paths and cookies start at the root."""
PUBLISHED_PATHS: Final = ("/shows/*", "/assets/*", "/sitemap.xml", "/feed.xml")

# Managed policies of CloudFront, the same in every account.
NO_CACHE: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

INDEX_FUNCTION: Final = """function handler(event) {
  var request = event.request;
  var last = request.uri.split('/').pop();
  if (last === '') request.uri += 'index.html';
  else if (last.indexOf('.') < 0) request.uri += '/index.html';
  return request;
}"""

SECURITY_HEADERS: Final[Json] = {
    "StrictTransportSecurity": {"AccessControlMaxAgeSec": 63072000, "IncludeSubdomains": True, "Override": True},
    "ContentTypeOptions": {"Override": True},
    "FrameOptions": {"FrameOption": "DENY", "Override": True},
    "ReferrerPolicy": {"ReferrerPolicy": "strict-origin-when-cross-origin", "Override": False},
    "ContentSecurityPolicy": {
        "ContentSecurityPolicy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; font-src 'self'; connect-src 'self'; "
            "frame-src https://www.youtube-nocookie.com https://player.twitch.tv https://www.tiktok.com; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "Override": False,
    },
}


def published_key(path: str) -> str:
    """The key in the pages bucket of a published path; the same rule as `INDEX_FUNCTION`."""
    last = path.rpartition("/")[2]
    if not last:
        return f"{path}index.html".lstrip("/")
    return (path if "." in last else f"{path}/index.html").lstrip("/")


def _cloud(kind: str, **properties: Json) -> Json:
    return {"Type": f"AWS::CloudFront::{kind}", "Condition": "IsCloud", "Properties": properties}


def _behaviour(origin: str, **more: Json) -> Json:
    shared = {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "ResponseHeadersPolicyId": ref("EdgeHeaders"),
    }
    return shared | more


def _published(path: str) -> Json:
    index = [{"EventType": "viewer-request", "FunctionARN": attribute("EdgeIndex", "FunctionMetadata.FunctionARN")}]
    return _behaviour(PAGES_ORIGIN, PathPattern=path, CachePolicyId=ref("EdgeCache"), FunctionAssociations=index)


def _origins() -> Json:
    pages = {
        "Id": PAGES_ORIGIN,
        "DomainName": attribute("PagesBucket", "RegionalDomainName"),
        "OriginAccessControlId": ref("EdgeAccess"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    api = {
        "Id": API_ORIGIN,
        "DomainName": sub("${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"),
        "OriginPath": STAGE_PATH,
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
    }
    return [pages, api]


def _distribution() -> Json:
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    host = {"AcmCertificateArn": ref("CertificateArn"), "SslSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
    return {
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "Comment": sub("Primetime ${Stage}"),
        "Origins": _origins(),
        "DefaultCacheBehavior": _behaviour(
            API_ORIGIN, AllowedMethods=methods, CachePolicyId=NO_CACHE, OriginRequestPolicyId=ALL_VIEWER_EXCEPT_HOST
        ),
        "CacheBehaviors": [_published(path) for path in PUBLISHED_PATHS],
        "Aliases": {"Fn::If": ["HasHost", [ref("SiteHost")], ref("AWS::NoValue")]},
        "ViewerCertificate": {"Fn::If": ["HasHost", host, {"CloudFrontDefaultCertificate": True}]},
    }


def resources() -> dict[str, Json]:
    """The distribution with its access control, cache rule, headers and index rule."""
    access = {"Name": sub("${Prefix}pages"), "OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
    nothing = {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    key = nothing | {"EnableAcceptEncodingGzip": True, "EnableAcceptEncodingBrotli": True}
    cache = {
        "Name": sub("${Prefix}published"),
        "MinTTL": 1,
        "DefaultTTL": 60,
        "MaxTTL": 31536000,
        "ParametersInCacheKeyAndForwardedToOrigin": key,
    }
    index = {"Comment": "A page's address has no file name.", "Runtime": "cloudfront-js-2.0"}
    return {
        "Edge": _cloud("Distribution", DistributionConfig=_distribution()),
        "EdgeAccess": _cloud("OriginAccessControl", OriginAccessControlConfig=access),
        "EdgeCache": _cloud("CachePolicy", CachePolicyConfig=cache),
        "EdgeHeaders": _cloud(
            "ResponseHeadersPolicy",
            ResponseHeadersPolicyConfig={"Name": sub("${Prefix}headers"), "SecurityHeadersConfig": SECURITY_HEADERS},
        ),
        "EdgeIndex": _cloud("Function", Name=sub("${Prefix}index"), AutoPublish=True, FunctionCode=INDEX_FUNCTION, FunctionConfig=index),
    }
