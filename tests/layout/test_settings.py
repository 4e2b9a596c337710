"""The settings that a document names are those that the code reads."""

import re

from tests.elsewhere import HOUSE
from tests.layout.bans import modules

READ = re.compile(r"(?:env\.\w+|os\.environ\.get)\(\s*\"([A-Z_]+)\"")
PLACES = ("backstop/config/settings.py", "backstop/config/programs.py")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def test_the_document_of_settings_names_each_that_is_read_and_no_other() -> None:
    text = (HOUSE / "docs" / "settings.md").read_text().partition("## What losing")[0]
    read = {name for path, source in modules() if path in PLACES for name in READ.findall(source)}
    assert len(read) > 15
    assert set(ROW.findall(text)) == read
