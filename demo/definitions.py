"""What the roster says in clear on purpose: which codes the tables have that a lead opened.

Everybody verifies a table's definition, the server too (docs/protocol/10-statistics.md, *Tasks*). Its exact bytes are
taken out of what is searched, so that the same codes are still found wherever else they stand.
"""

from collections.abc import Iterable, Mapping

from crypto.public.encoding import encode
from demo.scan import encodings
from schemas.task import Task


def stated(tasks: Iterable[Task]) -> list[bytes]:
    """The bytes of each definition, as they stand within its statement."""
    return sorted({encode(task.as_array()) for task in tasks})


def without(places: Mapping[str, bytes], definitions: Iterable[bytes]) -> tuple[dict[str, bytes], int]:
    """The places with a gap for each copy of a definition, raw or in base64; and how many copies there were."""
    gaps = [pattern for one in definitions for name, pattern in encodings(one) if name == "raw" or "base64+" in name]
    copies, left = 0, dict(places)
    for name, held in places.items():
        for gap in gaps:
            copies += left[name].count(gap)
            left[name] = left[name].replace(gap, b"\0") if gap in held else left[name]
    return left, copies
