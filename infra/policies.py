"""What each function may do, as a table; `python -m infra.policies` writes it as the policy files that Chalice reads from .chalice/.

The table says it in the words of the business, the files are what a reviewer at AWS would ask for. A test holds both together.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.template import cfn, queues
from infra.template.tables import TABLES

READ_TABLE: Final = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITE_TABLE: Final = (
    *READ_TABLE,
    "dynamodb:PutItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
)
INSERT: Final = ("dynamodb:PartiQLInsert",)
INSERT_LOCALLY: Final = ("dynamodb:BatchExecuteStatement",)
"""What the local engine asks for instead, of no table in particular. AWS has no such action, so it grants nothing there."""
READ_STREAM: Final = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
SEND: Final = ("sqs:SendMessage", "sqs:SendMessageBatch")
"""AWS asks for the first in both cases, the local engine for the one that is named like the call."""
SEND_MAIL: Final = "ses:SendRawEmail"
"""By the one verified identity. The local engine asks for it of nothing in particular, so there it is granted of everything."""
RECEIVE: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
WRITE_LOG: Final = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")

LOGS: Final = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${AWS::StackName}-*"
OUTBOX_STREAM: Final = cfn.table_arn("outbox") + "/stream/*"
EVERY_TABLE: Final = frozenset(table.name for table in TABLES)
EVERY_QUEUE: Final = tuple(queues.TIMEOUTS_SECONDS)
BEHIND_SIGN_IN: Final = frozenset({"sessions"})
CHALICE_STAGE: Final = "any"
"""Chalice's name for a configuration; ours has one, the stages differ by the template's parameters."""
CHALICE_DIRECTORY: Final = Path(__file__).resolve().parent.parent / ".chalice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one function may touch. What may be written may be read."""

    writes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    receives: str | None = None
    sends: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    puts: tuple[str, ...] = ()
    """Buckets, or a folder of one: ``records/probes``."""
    secret: str | None = None
    scans: frozenset[str] = frozenset()
    """Tables that audits and reconciliation read from end to end."""
    watches: tuple[str, ...] = ()
    """Queues whose depth, and that of their dead-letter queues, is looked at."""
    inserts: frozenset[str] = frozenset()
    """Tables that many items are put into at once, each unless it is there."""
    mails: bool = False
    streams: bool = False


def _tables(*names: str) -> frozenset[str]:
    return frozenset(names)


BOOKS: Final = _tables("ledger", "payouts")

GRANTS: Final[dict[str, Grant]] = {
    "api_handler": Grant(
        writes=EVERY_TABLE - _tables("sale_lines", "show_sales"),
        reads=EVERY_TABLE,
        sends=EVERY_QUEUE,
        gets=("imports", "records", "pages"),
        puts=("imports", "records", "pages"),
        scans=BOOKS,
        watches=EVERY_QUEUE,
        secret="web",  # noqa: S106  # a secret's name
    ),
    "on_outbox": Grant(writes=_tables("outbox"), sends=EVERY_QUEUE, streams=True),
    "on_import": Grant(
        writes=_tables("imports", "outbox"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        receives="imports",
        sends=("parts", "work"),
        gets=("imports",),
        puts=("imports",),
    ),
    "on_part": Grant(
        writes=_tables("imports", "show_sales", "outbox"),
        inserts=_tables("sale_lines"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        receives="parts",
        sends=("work",),
        gets=("imports",),
        puts=("imports",),
    ),
    "on_work": Grant(
        writes=EVERY_TABLE - BEHIND_SIGN_IN - _tables("clock"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        receives="work",
        sends=("work", "parts", "payouts"),
        gets=("imports", "records", "pages"),
        puts=("imports", "records", "pages"),
        scans=BOOKS | _tables("imports", "sale_lines", "show_sales"),
        secret="seal",  # noqa: S106  # a secret's name
    ),
    "on_payouts": Grant(
        writes=_tables("payouts", "ledger", "bookings", "contracts", "history", "directory", "reconciliation", "outbox"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        receives="payouts",
        sends=("payouts",),
        gets=("records",),
        puts=("records",),
        secret="payouts",  # noqa: S106  # a secret's name
    ),
    "on_plan": Grant(
        writes=_tables("planning"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        receives="plans",
        gets=("imports", "records"),
        puts=("records",),
    ),
    "on_mail": Grant(
        writes=_tables("notices"),
        reads=_tables("directory", "clock"),
        receives="mail",
        mails=True,
    ),
    "on_probe": Grant(reads=_tables("shows", "clock"), receives="probes", puts=("records/probes",)),
    "on_tick": Grant(
        writes=EVERY_TABLE - BEHIND_SIGN_IN - _tables("clock", "directory", "sale_lines", "show_sales"),
        reads=EVERY_TABLE - BEHIND_SIGN_IN,
        sends=EVERY_QUEUE,
        gets=("imports", "records"),
        puts=("records",),
    ),
}


def _statement(actions: tuple[str, ...], resources: list[str]) -> dict[str, cfn.Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [cfn.sub(resource) for resource in resources]}


def _table_statements(grant: Grant) -> list[dict[str, cfn.Json]]:
    pairs = ((WRITE_TABLE, grant.writes), (READ_TABLE, grant.reads - grant.writes), (INSERT, grant.inserts))
    made = [_statement(actions, [cfn.table_arn(name) for name in sorted(names)]) for actions, names in pairs if names]
    if grant.inserts:
        made.append({"Effect": "Allow", "Action": list(INSERT_LOCALLY), "Resource": ["*"]})
    return made + ([_statement(("dynamodb:Scan",), [cfn.table_arn(name) for name in sorted(grant.scans)])] if grant.scans else [])


def _queue_statements(grant: Grant) -> list[dict[str, cfn.Json]]:
    made = [_statement(RECEIVE, [cfn.queue_arn(grant.receives)])] if grant.receives else []
    sent_to = [*grant.sends, *([queues.STREAM_FAILURES] if grant.streams else [])]
    if sent_to:
        made.append(_statement(SEND, [cfn.queue_arn(name) for name in sent_to]))
    watched = [cfn.queue_arn(name) for watched in grant.watches for name in (watched, f"{watched}-dead")]
    return made + ([_statement(("sqs:GetQueueAttributes",), watched)] if watched else [])


def _objects_below(place: str) -> str:
    """Every object of a bucket, or of one of its folders."""
    bucket, _, folder = place.partition("/")
    return cfn.bucket_arn(bucket) + (f"/{folder}/*" if folder else "/*")


def _bucket_statements(grant: Grant) -> list[dict[str, cfn.Json]]:
    made = []
    if grant.gets:
        made.append(_statement(("s3:GetObject",), [cfn.bucket_arn(name) + "/*" for name in grant.gets]))
        made.append(_statement(("s3:ListBucket",), [cfn.bucket_arn(name) for name in grant.gets]))
    if grant.puts:
        made.append(_statement(("s3:PutObject",), [_objects_below(place) for place in grant.puts]))
    return made


def _other_statements(grant: Grant) -> list[dict[str, cfn.Json]]:
    account = "${AWS::Partition}:{service}:${AWS::Region}:${AWS::AccountId}"
    made = []
    if grant.streams:
        made.append(_statement(READ_STREAM, [OUTBOX_STREAM]))
    if grant.secret:
        secret = f"arn:{account.replace('{service}', 'secretsmanager')}:secret:{cfn.secret_name(grant.secret)}-??????"
        made.append(_statement(("secretsmanager:GetSecretValue",), [secret]))
    if grant.mails:
        identity = cfn.sub(f"arn:{account.replace('{service}', 'ses')}:identity/${{MailFrom}}")
        made.append({"Effect": "Allow", "Action": [SEND_MAIL], "Resource": [{"Fn::If": ["IsLocal", "*", identity]}]})
    return made


def policy(grant: Grant) -> dict[str, cfn.Json]:
    """A grant as an IAM policy; ARNs are filled in by CloudFormation."""
    log = _statement(WRITE_LOG, [LOGS])
    return {
        "Version": "2012-10-17",
        "Statement": [log, *_table_statements(grant), *_queue_statements(grant), *_bucket_statements(grant), *_other_statements(grant)],
    }


def files() -> dict[str, str]:
    """The policy files and Chalice's configuration by name, as they must be in .chalice/."""
    configuration = {
        "version": "2.0",
        "app_name": "primetime",
        "api_gateway_stage": "api",
        "autogen_policy": False,
        "stages": {CHALICE_STAGE: {"lambda_functions": {name: {"iam_policy_file": f"policy-{name}.json"} for name in GRANTS}}},
    }
    policies = {f"policy-{name}.json": policy(grant) for name, grant in GRANTS.items()}
    return {name: json.dumps(content, indent=2) + "\n" for name, content in (policies | {"config.json": configuration}).items()}


if __name__ == "__main__":
    for file_name, text in files().items():
        (CHALICE_DIRECTORY / file_name).write_text(text)
