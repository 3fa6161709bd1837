"""A page: what a person does, and the requests that it takes."""

import json
from dataclasses import dataclass, field
from typing import Any

from clients.recording.labels import Labels
from clients.recording.wire import Call

WIDTH = 100
NOTICE = (
    "Recorded between the reference phone and a real server by `make guides`. In brackets stand the names and lengths "
    "of byte strings, which cross the wire as base64url; of long lists the first two members are shown."
)


@dataclass
class Step:
    """`words`: what happens and why; `calls`: what was recorded meanwhile."""

    words: str
    calls: list[Call] = field(default_factory=list)


@dataclass
class Page:
    """One ceremony. `chapter`: where the protocol's page 7 specifies it."""

    name: str
    title: str
    chapter: str
    steps: list[Step] = field(default_factory=list)

    def text(self, labels: Labels) -> str:
        """The page in Markdown."""
        lines = [f"# {self.title}", "", self.chapter, "", NOTICE, ""]
        for number, step in enumerate(self.steps, 1):
            lines += [f"## {number}. {step.words.partition('. ')[0].rstrip('.')}", ""]
            if rest := step.words.partition(". ")[2]:
                lines += [rest, ""]
            if not step.calls:
                lines += ["Nothing crosses the wire.", ""]
            for call in step.calls:
                lines += [*_call(call, labels), ""]
        return "\n".join(lines)


def _call(call: Call, labels: Labels) -> list[str]:
    path, _, query = call.path.partition("?")
    asked = labels.shown_query(query) if query else ""
    session = ["Authorization: Bearer (token of the session)"] if call.token else []
    request = [] if call.request is None else [*_json(labels.shown(call.request))]
    answer = [] if call.answer is None else _json(labels.shown(call.answer))
    return ["```", f"{call.method} {path}{asked}", *session, *request, "", f"{call.status}", *answer, "```"]


def _json(value: Any) -> list[str]:
    """JSON that a person can read: what fits on a line stands on one."""
    return _lines(value, 0)


def _lines(value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    short = json.dumps(value, ensure_ascii=False)
    if len(pad) + len(short) <= WIDTH or not isinstance(value, dict | list):
        return [pad + short]
    items = list(value.items()) if isinstance(value, dict) else [(None, one) for one in value]
    inside: list[str] = []
    for place, (key, one) in enumerate(items, 1):
        below = _lines(one, depth + 1)
        if key is not None:
            below[0] = f"{pad}  {json.dumps(key)}: {below[0].lstrip()}"
        below[-1] += "," if place < len(items) else ""
        inside += below
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return [pad + opening, *inside, pad + closing]
