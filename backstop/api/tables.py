"""Answers as tables, for who takes CSV alone."""

import csv
from io import StringIO
from typing import Any

from rest_framework.renderers import JSONRenderer


class CsvRenderer(JSONRenderer):
    """Lines of cells as CSV; what is refused is a problem document all the same."""

    media_type, charset = "text/csv", "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if not isinstance(data, list):
            return super().render(data, accepted_media_type, renderer_context)
        table = StringIO()
        csv.writer(table).writerows(data)
        return table.getvalue().encode()
