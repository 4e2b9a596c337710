"""Documents lead to each other: none stands where nobody finds it, and no link or address leads nowhere."""

import json
import re

from tests.elsewhere import HOUSE

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)")
ADDRESS = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/[\w/{}$.-]+)")
HISTORY = {"CHANGELOG.md", "api_changes.md"}  # what they name may be gone by now
PAGES = [*HOUSE.glob("*.md"), *(HOUSE / "docs").glob("*.md")]


def test_every_link_within_leads_to_something() -> None:
    targets = [(page, link) for page in PAGES for link in LINK.findall(page.read_text()) if "://" not in link]
    assert len(targets) > 20
    assert [(page.name, link) for page, link in targets if not (page.parent / link).exists()] == []


def test_every_document_is_linked_from_another() -> None:
    links = ((page, (page.parent / link).resolve()) for page in PAGES for link in LINK.findall(page.read_text()))
    linked = {target for page, target in links if target != page.resolve()}
    assert {path.name for path in (HOUSE / "docs").glob("*.md") if path.resolve() not in linked} == set()


def test_every_address_that_a_document_names_answers_that_method() -> None:
    paths = json.loads((HOUSE / "docs" / "openapi.json").read_text())["paths"]
    known = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, each in paths.items() for method in each}
    named = [
        (page.name, method, re.sub(r"\{\w+\}|\$[A-Z]+", "{}", path.rstrip(".")))
        for page in PAGES
        if page.name not in HISTORY
        for method, path in ADDRESS.findall(page.read_text())
    ]
    assert len(named) > 50
    assert [each for each in named if each[1:] not in known] == []
