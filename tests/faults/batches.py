"""Requests that carry several things of which some may go through and others not, and how AWS says so (its API references)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.wire import AMZ_JSON, Answer, Request, conflict

Content = dict[str, Any]
NOT_TAKEN = {"Code": "InternalError", "SenderFault": False, "Message": "Please try again."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What goes on of a request (None: nothing), and what the program is told once that has been answered."""

    request: Request | None
    answered: Callable[[Answer | None], Answer]


def parts_of(request: Request) -> int:
    """How many things a request carries each of which may have its own answer; 1 where it is one thing."""
    list_of = LISTS.get(request.operation)
    return 1 if list_of is None else len(list_of(json.loads(request.body)))


def first_half(request: Request) -> Part:
    """The first half of a batch goes through and the rest does not; of a transaction nothing does, since its last item is in use."""
    if request.operation == "TransactWriteItems":
        return Part(request=None, answered=lambda _: conflict(request, last=True))
    content = json.loads(request.body)
    begin, rest = HALVES[request.operation](content)
    body = json.dumps(begin).encode()
    headers = {**request.headers, "content-length": str(len(body))}
    return Part(request=replace(request, headers=headers, body=body), answered=lambda answer: _with_rest(request.operation, answer, rest))


def _with_rest(operation: str, answer: Answer | None, rest: Any) -> Answer:
    if answer is None or answer.status != 200:
        message = f"half of a {operation} was refused: {answer}"
        raise RuntimeError(message)
    content = json.loads(answer.body)
    match operation:
        case "BatchExecuteStatement":
            content["Responses"] += [{"Error": {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}} for _ in rest]
        case "BatchWriteItem":
            content["UnprocessedItems"] = rest
        case "BatchGetItem":
            content["UnprocessedKeys"] = rest
        case _:
            content["Failed"] = [*content.get("Failed", []), *({"Id": entry["Id"], **NOT_TAKEN} for entry in rest)]
    return Answer(status=200, headers=(("Content-Type", AMZ_JSON),), body=json.dumps(content).encode())


def _of_list(name: str) -> Callable[[Content], tuple[Content, Any]]:
    def halves(content: Content) -> tuple[Content, Any]:
        middle = len(content[name]) // 2
        return {**content, name: content[name][:middle]}, content[name][middle:]

    return halves


def _of_writes(content: Content) -> tuple[Content, Any]:
    wanted = [(table, each) for table, some in content["RequestItems"].items() for each in some]
    middle = len(wanted) // 2
    begin, rest = ({table: [each for of, each in half if of == table] for table, _ in half} for half in (wanted[:middle], wanted[middle:]))
    return {**content, "RequestItems": begin}, rest


def _of_keys(content: Content) -> tuple[Content, Any]:
    ((table, asked),) = content["RequestItems"].items()
    middle = len(asked["Keys"]) // 2
    begin, rest = ({table: {**asked, "Keys": keys}} for keys in (asked["Keys"][:middle], asked["Keys"][middle:]))
    return {**content, "RequestItems": begin}, rest


LISTS: Mapping[str, Callable[[Content], list[Any]]] = {
    "TransactWriteItems": lambda content: content["TransactItems"],
    "BatchExecuteStatement": lambda content: content["Statements"],
    "BatchWriteItem": lambda content: [each for some in content["RequestItems"].values() for each in some],
    "BatchGetItem": lambda content: [key for asked in content["RequestItems"].values() for key in asked["Keys"]],
    "SendMessageBatch": lambda content: content["Entries"],
}
HALVES: Mapping[str, Callable[[Content], tuple[Content, Any]]] = {
    "BatchExecuteStatement": _of_list("Statements"),
    "BatchWriteItem": _of_writes,
    "BatchGetItem": _of_keys,
    "SendMessageBatch": _of_list("Entries"),
}
