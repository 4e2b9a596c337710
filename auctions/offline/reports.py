"""Reports for people who decide: sections of a heading, a remark and a table, as Markdown or as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Cells = Sequence[str]

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Section:
    """A table of text under a heading; `note` says what there is to know about it."""

    title: str
    columns: Cells
    rows: Sequence[Cells]
    note: str = ""


@dataclass(frozen=True, slots=True)
class RiskReport:
    """What `facts` say first, name by name, and then the sections."""

    title: str
    facts: dict[str, str]
    sections: Sequence[Section] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The same in plain values: each row by the names of its columns."""
        return {
            "title": self.title,
            "facts": self.facts,
            "sections": [
                {
                    "title": section.title,
                    "note": section.note,
                    "rows": [dict(zip(section.columns, row, strict=True)) for row in section.rows],
                }
                for section in self.sections
            ],
        }

    def as_markdown(self) -> str:
        """For the eye: a list of the facts, and a table for each section; an empty one says so."""
        lines = [f"# {self.title}", "", *(f"- {name}: {_cell(value)}" for name, value in self.facts.items())]
        for section in self.sections:
            lines += ["", f"## {section.title}", ""]
            lines += [section.note, ""] if section.note else []
            lines += _table(section) if section.rows else [NOTHING]
        return "\n".join(lines)


def _table(section: Section) -> list[str]:
    rows = [section.columns, ["---"] * len(section.columns), *section.rows]
    return ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]


def _cell(text: str) -> str:
    """Nothing that somebody wrote breaks out of its cell, or is read as more than text."""
    for each in "\\|<>[]*_`#":
        text = text.replace(each, f"\\{each}")
    return " ".join(text.split()) or "-"
