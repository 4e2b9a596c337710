"""A client that holds whatever the API answers against what /v1/openapi.json says of it."""

import json
import re
from collections.abc import Collection
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from backstop.api.codes import refusals
from backstop.api.document import content
from backstop.api.stream import MEDIA_TYPE as STREAM
from backstop.client.stream import events_of

Answered = tuple[str, str, str]  # method, path of the document, status

# As REST framework and Django speak.
FOREIGN = re.compile(r"This field|Ensure|valid choice|Not a valid|Must be a|Enter a|Invalid data|wrong format|Expected")

seen: set[Answered] = set()


class DescribedClient(APIClient):
    """Raises AssertionError where an answer is not described, or is not as described: status, content type, schema."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        method, path = request["REQUEST_METHOD"], request["PATH_INFO"]
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE") and (template := template_of(path)):
            check(method, template, answer)
        return answer


def check(method: str, template: str, answer: Any) -> None:
    described = document()["paths"][template].get(method.lower())
    if described is None or answer.streaming:
        return
    status = str(answer.status_code)
    assert status in described["responses"] or answer.status_code >= 500, (
        f"{method} {template} does not say that it answers {status}"
    )
    response = response_of(method, template, status)
    described_as = response.get("content", {})
    if not described_as:
        assert not answer.content, f"{method} {template} says nothing of what it answers with {status}"
        return
    content_type = answer["Content-Type"].partition(";")[0]
    assert content_type in described_as, f"{method} {template} answers {status} as {content_type}"
    for said in told(answer, content_type):
        faults = list(validator(method, template, status, content_type).iter_errors(said))
        assert not faults, f"{method} {template} {status}: {faults[0].json_path}: {faults[0].message[:500]}"
    check_codes(method, template, answer, response)
    seen.add((method, template, status))


def told(answer: Any, content_type: str) -> list[Any]:
    """What it says that a schema describes: of a stream, each event; of a table, its text."""
    if content_type == STREAM:
        return [event for _, event in events_of([answer.content], "") if event]
    return [answer.content.decode() if content_type.startswith("text/") else json.loads(answer.content)]


def check_codes(method: str, template: str, answer: Any, response: Any) -> None:
    """A problem's code is one that its response tells of, those of its faults are known, and all speak as the house."""
    if "x-codes" in response:
        problem = json.loads(answer.content)
        assert problem["code"] in response["x-codes"], f"{method} {template} does not tell of {problem['code']}"
        foreign = [fault["message"] for fault in problem["errors"] if FOREIGN.search(fault["message"])]
        assert not foreign, f"{method} {template} speaks in another voice: {foreign}"
        unknown = {fault["code"] for fault in problem["errors"]} - refusals().keys()
        assert not unknown, f"{method} {template} names faults that docs/errors.md does not: {unknown}"


def documented_successes() -> set[Answered]:
    """Each method, path and status of success that the document names."""
    return {
        (method.upper(), template, status)
        for template, methods in document()["paths"].items()
        for method, described in methods.items()
        for status in described.get("responses", {})
        if status.startswith("2")
    }


def unsent(sent: Collection[Answered]) -> list[str]:
    """The successes that are not among these."""
    return [" ".join(each) for each in sorted(documented_successes() - set(sent))]


@cache
def document() -> dict[str, Any]:
    return dict(json.loads(content()))


@cache
def template_of(path: str) -> str:
    """The path of the document that this one is of, the one with the fewest parameters; empty where there is none."""
    for template in sorted(document()["paths"], key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return str(template)
    return ""


@cache
def response_of(method: str, template: str, status: str) -> dict[str, Any]:
    responses = document()["paths"][template][method.lower()]["responses"]
    response = responses[status if status in responses else "default"]
    name = response.get("$ref", "").rpartition("/")[2]
    return dict(document()["components"]["responses"][name] if name else response)


@cache
def validator(method: str, template: str, status: str, content_type: str) -> Draft202012Validator:
    schema = response_of(method, template, status)["content"][content_type]["schema"]
    return Draft202012Validator({**schema, "components": document()["components"]}, format_checker=FormatChecker())
