"""What documents show, as a test reads it: requests with their answers, commands with what they say, and cues, which
are comments that say what happens in between."""

import json
import re
from typing import Any

PARTS = re.compile(r"```(http|json|sh|text|python)\n(.*?)```|<!-- (.*?) -->", re.DOTALL)
NAMED = re.compile(r"\$[A-Z]+")


def with_names(text: str, names: dict[str, str]) -> str:
    return NAMED.sub(lambda name: names[name[0]], text)


def send(client: Any, text: str) -> Any:
    """What is answered to a request as it is shown: method and address, and after an empty line its body."""
    line, _, body = text.strip().partition("\n\n")
    method, path = line.split()
    return client.generic(method, path, body, content_type="application/json")


def hold_answer(text: str, answer: Any, names: dict[str, str]) -> None:
    """Whatever is shown is in the answer; a name stands for what it stood for at first."""
    said = json.loads(text)
    assert (answer.status_code >= 400) == ("code" in said), answer.content
    _hold(said, answer.json(), names)


def pattern_of(text: str) -> str:
    """What matches a text that is shown, where a `…` is anything."""
    return ".*".join(map(re.escape, text.split("…")))


def hold_output(text: str, said: str) -> None:
    """What was printed is what is shown."""
    assert re.fullmatch(pattern_of(text.strip()), said.strip(), re.DOTALL), f"{said}\n\nis not\n\n{text}"


def _hold(said: Any, answered: Any, names: dict[str, str]) -> None:
    if isinstance(said, dict):
        for key, value in said.items():
            _hold(value, answered[key], names)
    elif isinstance(said, list) and said and isinstance(said[0], str):
        assert set(said) <= set(answered)
    elif isinstance(said, list):
        for each, one in zip(said, answered, strict=True):
            _hold(each, one, names)
    elif isinstance(said, str) and NAMED.fullmatch(said):
        assert names.setdefault(said, answered) == answered
    else:
        assert said == answered
