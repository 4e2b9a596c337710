"""Why something is done, in JSON, where nothing else needs to be said."""

from backstop.api.parsing import StrictSerializer, TextField
from backstop.models.base import MAX_REASON


class ReasonInput(StrictSerializer):
    reason = TextField(max_length=MAX_REASON, help_text="Whom it concerns can read it.")
