"""What the document says: of everything, something. Most successes are sent by the tests of each address, others here.

`tests.described` holds each answer against the document; a run of all tests fails where a success was never sent.
"""

import json
import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from accounts.api.approvals import DeedView
from accounts.desks.journal import Journal
from accounts.models import AccountKind, Purpose, User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from backstop.api import parsing, views
from backstop.api.codes import refusals
from backstop.api.units import AMOUNTS, unit_of
from backstop.api.wording import is_scalar, vocabulary
from tests.builders import a_venue, an_instrument, api_client, perform, venue_account
from tests.described import document, documented_successes, unsent
from tests.documents import written

pytestmark = pytest.mark.django_db

OURS = {"accounts.api.approvals", "backstop.api.parsing", "backstop.api.views"}
WHY = {"reason": "why not"}


def earn_fees(venue) -> None:
    clearing, fees = (venue_account(venue, kind).id for kind in (AccountKind.CLEARING, AccountKind.FEES))
    journal = Journal.opened([clearing, fees])
    journal.move(clearing, fees, 1000, Purpose.FEE, uuid4())
    journal.write()


def test_what_takes_two_persons_is_answered_as_asked_for() -> None:
    venue = a_venue()
    instrument = an_instrument(venue, price="20000")
    perform(earn_fees, venue=venue)
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    fees = {"account": "FEES", "asset": "USD", "reference": "r1", **WHY}
    assert olivia.post("/v1/fees", {**fees, "amount": "5"}).status_code == 201
    assert olivia.put("/v1/approval_limits", {"asset": "USD", "amount": "10", **WHY}).status_code == 200
    for path, sent in (
        ("/v1/fees", {**fees, "amount": "500", "reference": "r2"}),
        ("/v1/venue/terms", {"notice_seconds": 60, **WHY}),
        (f"/v1/instruments/{instrument.id}/terms", {"margin_rate": "0.2", **WHY}),
        (f"/v1/instruments/{instrument.id}/mark", {"price": "19500", **WHY}),
    ):
        answer = olivia.post(path, sent)
        assert (path, answer.status_code) == (path, 202)


def test_a_success_that_was_never_sent_is_named() -> None:
    assert len(documented_successes()) > 70
    assert unsent(set(documented_successes())) == []
    assert unsent(documented_successes() - {("GET", "/v1/me", "200")}) == ["GET /v1/me 200"]


def test_what_is_committed_is_what_the_code_makes() -> None:
    again = "it is made from the code: run `make documents`"
    for app in written.APPS:
        assert written.refusals_path(app).read_text() == written.table(app), again
    assert (written.HOUSE / "docs" / "errors.md").read_text() == written.errors(), again
    assert (written.HOUSE / "docs" / "openapi.json").read_text() == written.document(), again
    for path, text in written.of_client().items():
        assert path.read_text() == text, again


def members(holder: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{holder}.{name}", inner
        yield from members(name, inner)


def places() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property and every parameter of the document, by where it stands."""
    for holder, schema in document()["components"]["schemas"].items():
        yield from members(holder, schema)
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                where = f"{method.upper()} {path} {parameter['name']}"
                yield where, {**parameter["schema"], "description": parameter["description"]}


def test_every_property_and_parameter_says_what_it_means_and_looks_like() -> None:
    silent = [where for where, schema in places() if not schema.get("description")]
    assert silent == [], "say what these mean, in `words.py` of their app"
    plain = [where for where, schema in places() if is_scalar(schema) and not schema.get("examples")]
    assert plain == [], "give an example of these, in `words.py` of their app"


def test_every_number_says_what_it_is_in_and_no_amount_is_left_over() -> None:
    numbers = {re.split(r"[. ]", where)[-1] for where, schema in places() if schema.get("format") == "decimal"}
    assert [name for name in sorted(numbers) if unit_of(name) is None] == [], "say what these are in, in `units.py`"
    assert sorted(AMOUNTS - numbers) == []


def test_what_is_a_fraction_a_factor_or_shares_is_in_no_asset() -> None:
    plain = re.compile(r"\b(fraction|factor|leverage)\b|\bshares\b(?! in the asset)", re.IGNORECASE)
    wrong = [
        place for place, schema in places() if plain.search(said := schema.get("description", "")) and "asset." in said
    ]
    assert not wrong


def test_every_example_is_as_its_schema_says() -> None:
    wrong = [
        (where, example)
        for where, schema in places()
        for example in schema.get("examples", ())
        if not Draft202012Validator({**schema, "components": document()["components"]}).is_valid(example)
    ]
    assert wrong == []


def test_every_choice_is_explained() -> None:
    choices = {name: schema for name, schema in document()["components"]["schemas"].items() if "enum" in schema}
    assert [name for name, schema in choices.items() if not schema.get("description")] == []


def test_nothing_is_told_of_how_it_is_made() -> None:
    """What views and serializers start from says what these are for us."""
    known = [*vars(views).values(), *vars(parsing).values(), DeedView]
    bases = [base for base in known if isinstance(base, type) and base.__doc__ and base.__module__ in OURS]
    inner = [cleandoc(str(base.__doc__)).partition(".")[0] for base in bases]
    assert len(inner) > 15
    said = json.dumps(document())
    assert [text for text in inner if json.dumps(text)[1:-1] in said] == []


def test_no_word_is_left_over() -> None:
    said = {name for where, _ in places() for name in (where, where.rpartition(".")[2], where.rpartition(" ")[2])}
    said |= {f"{kind}.{where.rpartition(' ')[2]}" for where, _ in places() for kind in ("query", "path", "header")}
    said |= document()["components"]["schemas"].keys()
    assert sorted(vocabulary().keys() - said) == []


def test_every_operation_has_a_name_a_summary_a_tag_and_its_scope() -> None:
    told = {tag["name"] for tag in document()["tags"]}
    names = set()
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", operation["operationId"]), where
            assert (method == "get") == operation["operationId"].startswith(("get", "list")), where
            assert operation["summary"], where
            assert set(operation["tags"]) <= told, where
            assert operation["security"] in ([{}], [{"key": []}]) or all(one["key"] for one in operation["security"])
            assert operation["operationId"] not in names, where
            names.add(operation["operationId"])


def test_every_code_has_an_address_that_explains_it() -> None:
    anybody = api_client(None)
    for code, refusal in refusals().items():
        answer = anybody.get(f"/v1/problems/{code}")
        assert (answer.status_code, answer.json()["status"]) == (200, refusal.kind.value)
        assert answer.json()["detail"] == refusal.message
    unknown = anybody.get("/v1/problems/no_such_code")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/v1/problems/not_found")


def test_the_walk_through_the_code_finds_what_a_desk_refuses() -> None:
    """A take is refused three calls deep, by a desk that is made two calls deep; a bid, by the database."""
    of = written.refusals_of("auctions")
    assert {"take_too_early", "margin_insufficient", "mark_stale"} <= set(of["POST /v1/auctions/{auction_id}/takes"])
    assert {"bids_too_many", "bid_void"} <= set(of["POST /v1/bids"])
    assert "bids_too_many" not in of["GET /v1/bids"]


def test_a_conflict_says_what_is_told_beside_it() -> None:
    for path, members in (
        ("/v1/auctions/{auction_id}/bids", {"bid", "bids"}),
        ("/v1/bids", {"bid", "bids"}),
        ("/v1/auctions/{auction_id}/takes", {"access_from"}),
    ):
        conflict = document()["paths"][path]["post"]["responses"]["409"]["content"]["application/problem+json"]
        names = [each["$ref"].rpartition("/")[2] for each in conflict["schema"]["allOf"]]
        assert names[0] == "Problem"
        assert set(document()["components"]["schemas"][names[1]]["properties"]) == members
