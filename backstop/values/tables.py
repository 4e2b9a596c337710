"""Tables that spreadsheets open: no cell of theirs is a formula."""

from typing import Any, Final

# What spreadsheets take for the beginning of a formula, https://owasp.org/www-community/attacks/CSV_Injection
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> str:
    """A cell of a spreadsheet: text that would begin a formula has an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return str(value)
