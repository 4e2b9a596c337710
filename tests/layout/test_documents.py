"""Documents lead to each other: none stands where nobody finds it, and no link leads nowhere."""

import re

from tests.elsewhere import HOUSE

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)")
PAGES = [*HOUSE.glob("*.md"), *(HOUSE / "docs").glob("*.md")]


def test_every_link_within_leads_to_something() -> None:
    targets = [(page, link) for page in PAGES for link in LINK.findall(page.read_text()) if "://" not in link]
    assert len(targets) > 20
    assert [(page.name, link) for page, link in targets if not (page.parent / link).exists()] == []


def test_every_document_is_linked_from_another() -> None:
    links = ((page, (page.parent / link).resolve()) for page in PAGES for link in LINK.findall(page.read_text()))
    linked = {target for page, target in links if target != page.resolve()}
    assert {path.name for path in (HOUSE / "docs").glob("*.md") if path.resolve() not in linked} == set()
