"""The few words of CloudFormation that the other modules use, and the names that every stage forms in the same way."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A fragment of a template: whatever JSON can say."""


def ref(name: str) -> Json:
    """A parameter's value or a resource's main identifier."""
    return {"Ref": name}


def attribute(resource: str, name: str) -> Json:
    """An attribute of a resource, such as its ARN."""
    return {"Fn::GetAtt": [resource, name]}


def sub(text: str) -> Json:
    """Text with `${...}` filled in by CloudFormation."""
    return {"Fn::Sub": text}


def resource_name(kind: str, name: str) -> str:
    """The logical name of a resource: `resource_name("Table", "sale_lines")` is `SaleLinesTable`."""
    return "".join(word.capitalize() for word in name.split("_")) + kind


def table_name(name: str) -> Json:
    """What a table is called, as `settings.prefix` plus its name gives it."""
    return sub(f"${{Prefix}}{name}")


def table_arn(name: str) -> str:
    """A table's ARN, for `Fn::Sub`."""
    return f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/${{Prefix}}{name}"


def queue_arn(name: str) -> str:
    """A queue's ARN, for `Fn::Sub`."""
    return f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:${{Prefix}}{name}"


def bucket_name(name: str) -> str:
    """A bucket's name, for `Fn::Sub`. Bucket names are global, so the account is in them."""
    return f"${{Prefix}}{name}-${{AWS::AccountId}}"


def bucket_arn(name: str) -> str:
    """A bucket's ARN, for `Fn::Sub`."""
    return f"arn:${{AWS::Partition}}:s3:::{bucket_name(name)}"


def secret_name(name: str) -> str:
    """A secret's name, for `Fn::Sub`."""
    return f"${{Prefix}}{name}"
