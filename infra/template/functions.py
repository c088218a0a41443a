"""The functions: what wakes each one, how long and how large it may get, and the environment that all of them share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from infra.template import queues
from infra.template.cfn import Json, attribute, bucket_name, queue_arn, ref, resource_name, secret_name, sub
from infra.template.parameters import SIGN_IN_BASE

STREAM_BATCH: Final = 100
SQS_BATCH: Final = 10
API_TIMEOUT_SECONDS: Final = 29
"""API Gateway waits no longer."""
STREAM_TIMEOUT_SECONDS: Final = 60
TICK_TIMEOUT_SECONDS: Final = 55
MAX_PLANS_AT_ONCE: Final = 10
"""A plan holds its function for minutes, so that many are bounded apart from all other work."""
MAX_PROBES_AT_ONCE: Final = 10
"""Whoever answers slowly holds up other probes at most."""
API_RESOURCE: Final = "APIHandler"
WEB: Final = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function in app.py. Memory also decides its share of a processor."""

    name: str
    memory_mb: int
    timeout_seconds: int
    events: Mapping[str, Json] = field(default_factory=dict)
    secret: str = WEB
    """The secret whose name it is told; its policy decides whether it may read it."""

    @property
    def resource(self) -> str:
        """The logical name that Chalice gives it."""
        return API_RESOURCE if self.name == "api_handler" else resource_name("", self.name)

    @property
    def role(self) -> str:
        """The logical name that Chalice gives its role."""
        return resource_name("Role", self.name)


def _from_queue(name: str, **more: Json) -> dict[str, Json]:
    mapping = {
        "Queue": attribute(resource_name("Queue", name), "Arn"),
        "BatchSize": SQS_BATCH,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return {"Messages": {"Type": "SQS", "Properties": mapping | more}}


def _from_outbox() -> dict[str, Json]:
    """Whole batches succeed or fail: the local engine knows no partial answer for streams. `on_tick` re-drives the rest."""
    mapping = {
        "Stream": attribute(resource_name("Table", "outbox"), "StreamArn"),
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": STREAM_BATCH,
        "MaximumRecordAgeInSeconds": ref("StreamRecordAgeSeconds"),
        "BisectBatchOnFunctionError": True,
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT", "MODIFY"]}'}]},
        "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": sub(queue_arn(queues.STREAM_FAILURES))}},
    }
    return {"Records": {"Type": "DynamoDB", "Properties": mapping}}


def _worker(name: str, queue: str, memory_mb: int, **mapping: Json) -> Function:
    timeout_seconds = queues.TIMEOUTS_SECONDS[queue]
    return Function(name=name, memory_mb=memory_mb, timeout_seconds=timeout_seconds, events=_from_queue(queue, **mapping))


FUNCTIONS: Final = (
    Function(name="api_handler", memory_mb=1024, timeout_seconds=API_TIMEOUT_SECONDS),
    Function(name="on_outbox", memory_mb=256, timeout_seconds=STREAM_TIMEOUT_SECONDS, events=_from_outbox()),
    _worker("on_import", "imports", 1769, BatchSize=1),
    _worker("on_part", "parts", 1024),
    replace(_worker("on_work", "work", 1769), secret="seal"),  # noqa: S106  # a secret's name
    replace(_worker("on_payouts", "payouts", 512, ScalingConfig={"MaximumConcurrency": 2}), secret="payouts"),  # noqa: S106  # a secret's name
    _worker("on_plan", "plans", 7_076, BatchSize=1, ScalingConfig={"MaximumConcurrency": MAX_PLANS_AT_ONCE}),
    _worker("on_mail", "mail", 512, ScalingConfig={"MaximumConcurrency": 2}),
    _worker("on_probe", "probes", 512, BatchSize=1, ScalingConfig={"MaximumConcurrency": MAX_PROBES_AT_ONCE}),
    Function(
        name="on_tick",
        memory_mb=512,
        timeout_seconds=TICK_TIMEOUT_SECONDS,
        events={
            "EachMinute": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "RetryPolicy": {"MaximumRetryAttempts": 0}}}
        },
    ),
)

ENVIRONMENT: Final[dict[str, Json]] = {
    "PRIMETIME_STAGE": ref("Stage"),
    "PRIMETIME_PREFIX": ref("Prefix"),
    "PRIMETIME_SITE_URL": ref("SiteUrl"),
    "PRIMETIME_IMPORTS_BUCKET": sub(bucket_name("imports")),
    "PRIMETIME_PAGES_BUCKET": sub(bucket_name("pages")),
    "PRIMETIME_RECORDS_BUCKET": sub(bucket_name("records")),
    "PRIMETIME_USER_POOL_ID": ref("UserPool"),
    "PRIMETIME_CLIENT_ID": ref("UserPoolClient"),
    "PRIMETIME_AUTH_URL": SIGN_IN_BASE,
    "PRIMETIME_STRIPE_BASE": ref("StripeBase"),
    "PRIMETIME_STRIPE_LIVE": ref("StripeLive"),
    "PRIMETIME_SECRETS": sub(secret_name(WEB)),
    "PRIMETIME_MAIL_FROM": ref("MailFrom"),
} | {f"PRIMETIME_QUEUE_{name.upper()}": ref(resource_name("Queue", name)) for name in queues.TIMEOUTS_SECONDS}

GLOBALS: Final[Json] = {
    "Function": {"Environment": {"Variables": ENVIRONMENT}, "Tracing": "PassThrough", "LoggingConfig": {"LogFormat": "Text"}}
}


def _resource(function: Function) -> Json:
    properties: dict[str, Json] = {"MemorySize": function.memory_mb, "Timeout": function.timeout_seconds}
    if function.events:
        properties["Events"] = dict(function.events)
    if function.secret != WEB:
        properties["Environment"] = {"Variables": {"PRIMETIME_SECRETS": sub(secret_name(function.secret))}}
    return {"Properties": properties}


def resources() -> dict[str, Json]:
    """What is merged into each function that Chalice packages."""
    return {function.resource: _resource(function) for function in FUNCTIONS}
