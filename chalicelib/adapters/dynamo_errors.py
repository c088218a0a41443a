"""What DynamoDB says when it refuses."""

from pynamodb.exceptions import PynamoDBException

REFUSED = "ConditionalCheckFailedException"
IN_PROGRESS = "TransactionInProgressException"


def code_of(error: PynamoDBException) -> str:
    """The error code of the answer; empty where no answer came, for which pynamodb's own property has an `AttributeError`."""
    answer = getattr(error.cause, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))
