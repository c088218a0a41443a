"""Deploying the package through CloudFormation: to AWS by `make deploy STAGE=...`, and in the same way to the local engine.

What differs between stages are the template's parameters: `infra/stages/STAGE.json` for AWS, infra/local.py for the engine.
"""

import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError, WaiterError

from chalicelib.web.assets import ASSET_CACHE, to_publish
from infra.package import PACKAGE, ROOT, PackagingFailed, package

STAGES: Final = ROOT / "infra" / "stages"
SECRET_PARAMETERS: Final = {
    "StripeApiKey": "STRIPE_API_KEY",
    "StripeWebhookSecret": "STRIPE_WEBHOOK_SECRET",
    "StripeConnectWebhookSecret": "STRIPE_CONNECT_WEBHOOK_SECRET",
}
CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
POLL_SECONDS: Final = 0.2
AWS_POLL_SECONDS: Final = 5
MAX_WAIT_SECONDS: Final = 3600
UNCHANGED: Final = ("didn't contain changes", "No updates are to be performed")
IN_REVIEW: Final = "REVIEW_IN_PROGRESS"


class DeploymentFailed(Exception):  # says what happened
    """The stack is not what was asked for; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a stack goes: how to reach the services, its name, and where the package is put."""

    client: Callable[[str], Any]
    stack: str
    artifacts: str
    poll_seconds: float = AWS_POLL_SECONDS


def deploy(target: Target, parameters: Mapping[str, str], *, say: Callable[[str], None], made: Path = PACKAGE) -> dict[str, str]:
    """Create or update the stack from the package and return its outputs. Raises `DeploymentFailed`.

    A parameter that an existing stack has and that is not given keeps its value.
    """
    template_url = _upload(target, made)
    exists = _exists(target)
    name = f"change-{secrets.token_hex(8)}"
    changes = _change_set(target, name, template_url, parameters)
    if changes is None:
        say(f"{target.stack}: nothing to change")
    else:
        for line in changes:
            say(line)
        _execute(target, name)
        say(f"{target.stack}: {'updated' if exists else 'created'}, {len(changes)} changes")
    stack = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    _publish_assets(target.client("s3"), outputs["PagesBucket"])
    return outputs


def _publish_assets(objects: Any, bucket: str) -> None:  # noqa: ANN401  # a boto3 client
    """Put the assets where pages look for them. Their names hold the hash of their content, so nothing is ever overwritten."""
    for file, key, content_type in to_publish():
        body = (ROOT / "assets" / file).read_bytes()
        objects.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, CacheControl=ASSET_CACHE)


def _upload(target: Target, made: Path) -> str:
    """Put zip and template into the artifacts bucket, named by their content; the template's URL."""
    objects = target.client("s3")
    _make_bucket(objects, target.artifacts)
    archive = (made / "deployment.zip").read_bytes()
    code_key = f"{hashlib.sha256(archive).hexdigest()}.zip"
    template: dict[str, Any] = json.loads((made / "template.json").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": target.artifacts, "Key": code_key}
    text = json.dumps(template, separators=(",", ":")).encode()
    template_key = f"{hashlib.sha256(text).hexdigest()}.json"
    for key, content in ((code_key, archive), (template_key, text)):
        objects.put_object(Bucket=target.artifacts, Key=key, Body=content)
    return str(objects.generate_presigned_url("get_object", Params={"Bucket": target.artifacts, "Key": template_key})).partition("?")[0]


def _make_bucket(objects: Any, name: str) -> None:  # noqa: ANN401  # a boto3 client
    try:
        objects.head_bucket(Bucket=name)
    except ClientError:
        objects.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": objects.meta.region_name})


def _exists(target: Target) -> bool:
    try:
        stack = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"][0]
    except ClientError:
        return False
    return str(stack["StackStatus"]) != IN_REVIEW


def _change_set(target: Target, name: str, template_url: str, parameters: Mapping[str, str]) -> list[str] | None:
    """Ask for the changes, a line each; None when there are none."""
    formation = target.client("cloudformation")
    exists = _exists(target)
    known = {entry["ParameterKey"] for entry in formation.get_template_summary(TemplateURL=template_url)["Parameters"]}
    given: list[dict[str, str | bool]] = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    kept = _present_parameters(target) if exists else set()
    given += [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted((kept & known) - set(parameters))]
    formation.create_change_set(
        StackName=target.stack,
        ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        TemplateURL=template_url,
        Parameters=given,
        Capabilities=CAPABILITIES,
    )
    described = _settled(target, name)
    if described["Status"] == "FAILED":
        formation.delete_change_set(StackName=target.stack, ChangeSetName=name)
        reason = described.get("StatusReason", "")
        if any(words in reason for words in UNCHANGED):
            return None
        message = f"CloudFormation refuses the change of {target.stack}: {reason}"
        raise DeploymentFailed(message)
    changes = [change["ResourceChange"] for change in described["Changes"]]
    return [f"  {change['Action']:<7} {change['ResourceType']:<40} {change['LogicalResourceId']}" for change in changes]


def _present_parameters(target: Target) -> set[str]:
    stack = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"][0]
    return {entry["ParameterKey"] for entry in stack.get("Parameters", [])}


def _settled(target: Target, name: str) -> dict[str, Any]:
    """The change set with all pages of its changes, as soon as it is complete or failed."""
    formation = target.client("cloudformation")
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        described: dict[str, Any] = formation.describe_change_set(StackName=target.stack, ChangeSetName=name)
        if described["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            while token := described.pop("NextToken", None):
                page = formation.describe_change_set(StackName=target.stack, ChangeSetName=name, NextToken=token)
                described["Changes"] += page["Changes"]
                described["NextToken"] = page.get("NextToken")
            return described
        time.sleep(target.poll_seconds)
    message = f"CloudFormation did not prepare the change of {target.stack} in time."
    raise DeploymentFailed(message)


def _execute(target: Target, name: str) -> None:
    formation = target.client("cloudformation")
    formation.execute_change_set(StackName=target.stack, ChangeSetName=name)
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    status = "IN_PROGRESS"
    while status.endswith("IN_PROGRESS") and time.monotonic() < deadline:
        time.sleep(target.poll_seconds)
        status = formation.describe_stacks(StackName=target.stack)["Stacks"][0]["StackStatus"]
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = formation.describe_stack_events(StackName=target.stack)["StackEvents"]
        reasons = [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if "FAILED" in event["ResourceStatus"]
        ]
        message = "\n".join([f"{target.stack} ended as {status}.", *reasons[:10]])
        raise DeploymentFailed(message)


def _stage_parameters(stage: str) -> dict[str, str]:
    file = STAGES / f"{stage}.json"
    if not file.exists():
        message = f"There is no {file.relative_to(ROOT)}. Copy infra/stages/example.json and fill it in."
        raise DeploymentFailed(message)
    written: dict[str, str] = json.loads(file.read_text())
    hidden = {name: os.environ[variable] for name, variable in SECRET_PARAMETERS.items() if variable in os.environ}
    return written | hidden | {"Stage": stage}


def main() -> None:
    """`python -m infra.deploy STAGE`: package, lint, show the changes, deploy to AWS."""
    stage = sys.argv[1]
    made = package()
    subprocess.run([str(Path(sys.executable).with_name("cfn-lint")), str(made / "template.json")], check=True)  # our own command
    account = boto3.client("sts").get_caller_identity()["Account"]
    region = boto3.session.Session().region_name
    target = Target(client=boto3.client, stack=f"primetime-{stage}", artifacts=f"primetime-artifacts-{account}-{region}")
    for name, value in deploy(target, _stage_parameters(stage), say=print).items():
        print(f"{name}: {value}")  # noqa: T201  # a command's answer


if __name__ == "__main__":
    try:
        main()
    except (DeploymentFailed, PackagingFailed, ClientError, WaiterError) as failure:
        sys.exit(str(failure))
    except subprocess.CalledProcessError:
        sys.exit("cfn-lint found mistakes in the template; nothing was deployed.")
