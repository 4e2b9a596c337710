"""What the calculators answer, and how it is written."""

import json
from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]

Row = Sequence[str]

Table = list[Row]

Calculation = tuple[Answer, list[Table]]  # what is answered in JSON, and the same for the eye


def written(calculation: Calculation, style: str) -> str:
    """The text of an answer: its JSON, or with the style "table" its tables."""
    answer, tables = calculation
    if style == "json":
        return json.dumps(answer, indent=2, ensure_ascii=False)
    return "\n\n".join(aligned(rows) for rows in tables)


def aligned(rows: Table) -> str:
    """Rows of one width as lines: the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip())
    return "\n".join(lines)
