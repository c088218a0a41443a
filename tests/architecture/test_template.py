"""The template that is deployed: what each function may do, and what every table, queue and bucket must have."""

import json
from typing import Any

import pytest

from infra import policies, template
from infra.template.edge import INDEX_FUNCTION, published_key
from infra.template.functions import API_TIMEOUT_SECONDS, FUNCTIONS
from infra.template.tables import TABLES

RESOURCES: dict[str, dict[str, Any]] = template.build()["Resources"]


def of_type(kind: str) -> list[dict[str, Any]]:
    found = [resource["Properties"] for resource in RESOURCES.values() if resource.get("Type") == kind]
    assert found, kind
    return found


def _on_aws(resource: Any) -> str:
    """What a resource of a policy is on AWS; the local engine may ask for something else."""
    match resource:
        case {"Fn::If": ["IsLocal", _, on_aws]}:
            return _on_aws(on_aws)
        case {"Fn::Sub": str(text)}:
            return text
        case _:
            return str(resource)


def allowed(function: str) -> list[tuple[str, str]]:
    """Every (action, resource) that a function may use."""
    statements = json.loads(policies.files()[f"policy-{function}.json"])["Statement"]
    return [(action, _on_aws(resource)) for statement in statements for action in statement["Action"] for resource in statement["Resource"]]


def test_the_policy_files_are_what_the_table_of_grants_says() -> None:
    written = {file.name: file.read_text() for file in policies.CHALICE_DIRECTORY.glob("*.json")}
    assert written == policies.files(), "run `make policies`"


def test_every_function_has_a_policy_of_its_own() -> None:
    assert {function.name for function in FUNCTIONS} == set(policies.GRANTS)


@pytest.mark.parametrize("function", sorted(policies.GRANTS))
def test_no_function_may_do_everything_or_touch_everything(function: str) -> None:
    rights = [right for right in allowed(function) if right[0] not in policies.INSERT_LOCALLY]
    assert not [right for right in rights if "*" in right[0] or right[1] == "*" or right[1].endswith(":*")]


def test_only_payouts_may_read_what_moves_money() -> None:
    readers = {
        name for name in policies.GRANTS for action, resource in allowed(name) if "secretsmanager" in action and "}payouts-" in resource
    }
    assert readers == {"on_payouts"}


def test_only_the_worker_that_files_contracts_may_read_what_seals_them() -> None:
    readers = {
        name for name in policies.GRANTS for action, resource in allowed(name) if "secretsmanager" in action and "}seal-" in resource
    }
    assert readers == {"on_work"}


def test_only_one_function_may_send_mail_and_only_as_the_verified_sender() -> None:
    senders = {(name, action, resource) for name in policies.GRANTS for action, resource in allowed(name) if action.startswith("ses:")}
    arn = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailFrom}"
    assert senders == {("on_mail", "ses:SendRawEmail", arn)}


def test_what_sends_mail_reads_notices_and_addresses_and_nothing_else() -> None:
    tables = {resource.rpartition("}")[2] for action, resource in allowed("on_mail") if action.startswith("dynamodb:")}
    assert tables == {"notices", "directory", "clock"}


def test_only_the_pages_function_reaches_sessions() -> None:
    readers = {name for name in policies.GRANTS for action, resource in allowed(name) if resource.endswith("}sessions")}
    assert readers == {"api_handler"}


def test_nobody_may_delete_an_object_or_a_table() -> None:
    actions = {action for name in policies.GRANTS for action, _ in allowed(name)}
    assert not {"s3:DeleteObject", "dynamodb:DeleteTable"} & actions


def test_only_audits_and_reconciliation_read_tables_from_end_to_end_and_only_those_of_the_books() -> None:
    books = {"imports", "ledger", "payouts", "reconciliation", "sale_lines", "show_sales"}
    scanned: dict[str, set[str]] = {}
    for name in policies.GRANTS:
        for action, resource in allowed(name):
            if action == "dynamodb:Scan":
                scanned.setdefault(name, set()).add(resource.rpartition("}")[2])
    assert set(scanned) == {"api_handler", "on_work"}
    assert set.union(*scanned.values()) <= books


def test_every_table_can_be_restored_and_is_protected() -> None:
    for table in of_type("AWS::DynamoDB::Table"):
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["DeletionProtectionEnabled"] is True


def test_only_a_local_stage_has_a_clock_to_set() -> None:
    assert RESOURCES["ClockTable"]["Condition"] == "IsLocal"
    assert [table.name for table in TABLES if table.local_only] == ["clock"]


def test_every_bucket_is_private_and_encrypted() -> None:
    for bucket in of_type("AWS::S3::Bucket"):
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]


def test_every_queue_of_work_has_a_dead_letter_queue_with_an_alarm() -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for alarm in of_type("AWS::CloudWatch::Alarm") if alarm["Namespace"] == "AWS/SQS"
    }
    work = [queue for queue in of_type("AWS::SQS::Queue") if "RedrivePolicy" in queue]
    assert len(work) == 7
    for queue in work:
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        assert queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in watched


def test_a_queue_hides_a_message_longer_than_its_function_may_run() -> None:
    for function in FUNCTIONS:
        for event in function.events.values():
            if event["Type"] == "SQS":
                queue = RESOURCES[event["Properties"]["Queue"]["Fn::GetAtt"][0]]["Properties"]
                assert queue["VisibilityTimeout"]["Fn::If"][2] >= 6 * function.timeout_seconds
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_stream_record_that_never_succeeds_goes_to_a_queue_in_the_end() -> None:
    mapping = RESOURCES["OnOutbox"]["Properties"]["Events"]["Records"]["Properties"]
    assert mapping["MaximumRecordAgeInSeconds"] == {"Ref": "StreamRecordAgeSeconds"}
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::Sub"].endswith("outbox-failures")


def test_the_api_answers_before_the_gateway_gives_up() -> None:
    assert API_TIMEOUT_SECONDS <= 29


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/shows/summer-deals", "shows/summer-deals/index.html"),
        ("/shows/summer-deals/", "shows/summer-deals/index.html"),
        ("/shows/summer-deals/state.json", "shows/summer-deals/state.json"),
        ("/feed.xml", "feed.xml"),
    ],
)
def test_a_published_path_is_one_object(path: str, key: str) -> None:
    assert published_key(path) == key
    assert "index.html" in INDEX_FUNCTION
