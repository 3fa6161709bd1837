"""What a sealed body says: groups of record changes (docs/protocol/5-sealed.md, "Content")."""

from typing import NamedTuple

from crypto.errors import EncodingError
from crypto.public.encoding import Canonical, decode, encode
from sync.shape import INTEGER_LIMIT

FORMAT = 1
NAME_LENGTH = 64
"""Characters of a type or field name."""
STAMP_AHEAD = 2**20
"""How far a stamp may be above the position of the entry that first carried it."""

_NO_RECORD = bytes(16)


class ContentError(Exception):
    """Content outside page 5; the entry that carries it is quarantined.

    `reason`: `encoding` (not canonical), `format` (a version this reader does not know), `shape`; of a group that
    does not fit its entry: `stamp` (absurdly far ahead), `seen` (above the header's, or not below the position that
    first carried it), `origin` (not below the entry that repeats it).
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Change(NamedTuple):
    """What one flush says about one record.

    `record`: 16 bytes, not all zero. `removed`: names in ascending order, none of them in `fields`. With
    `deleted` both are empty.
    """

    record: bytes
    type: str
    version: int
    deleted: bool
    fields: dict[str, Canonical]
    removed: tuple[str, ...]


class Origin(NamedTuple):
    """The entry that first carried a change: device id (32 bytes) and position."""

    device: bytes
    position: int


class Group(NamedTuple):
    """Changes of one origin, None for the author's own new ones. A record stands in a group once.

    `stamp`: Lamport clock of the space. `seen`: position the author of the changes had verified when writing them.
    """

    origin: Origin | None
    stamp: int
    seen: int
    changes: tuple[Change, ...]


class Content(NamedTuple):
    """A whole body. `written_at`: seconds since 1970 by the author's clock, for display only."""

    written_at: int
    groups: tuple[Group, ...]


def encode_content(content: Content) -> bytes:
    """The plaintext to seal. Raises ContentError for what `decode_content` would refuse."""
    raw: list[Canonical] = [FORMAT, content.written_at, [_raw_group(group) for group in content.groups]]
    _content(raw)
    try:
        return encode(raw)
    except EncodingError as error:
        raise ContentError("encoding", str(error)) from None


def decode_content(plaintext: bytes) -> Content:
    """The content of an opened body. Raises ContentError.

    Types, fields and codes this version does not know are kept as they are.
    """
    try:
        raw = decode(plaintext)
    except EncodingError as error:
        raise ContentError("encoding", str(error)) from None
    return _content(raw)


def check_place(content: Content, position: int, seen: int) -> None:
    """Whether the groups fit the entry at `position` whose header has seen `seen`. Raises ContentError."""
    for group in content.groups:
        first = position if group.origin is None else group.origin.position
        if group.origin is not None and first >= position:
            raise ContentError("origin", f"first carried at {first}, repeated at {position}")
        if group.seen > seen or group.seen >= first:
            raise ContentError("seen", f"{group.seen}, the header's is {seen}, first carried at {first}")
        if group.stamp > first + STAMP_AHEAD:
            raise ContentError("stamp", f"{group.stamp}, first carried at {first}")


def _raw_group(group: Group) -> list[Canonical]:
    changes: Canonical = [[*change[:5], list(change.removed)] for change in group.changes]
    origin: Canonical = [] if group.origin is None else [group.origin.device, group.origin.position]
    return [origin, group.stamp, group.seen, changes]


def _content(raw: Canonical) -> Content:
    if type(raw) is not list or not raw or type(raw[0]) is not int:
        raise _shape("not a content")
    if raw[0] != FORMAT:
        raise ContentError("format", f"version {raw[0]}")
    if len(raw) != 3 or not _integer(raw[1]) or type(raw[2]) is not list:
        raise _shape("not a content")
    return Content(raw[1], tuple([_group(group) for group in raw[2]]))


def _group(raw: Canonical) -> Group:
    if type(raw) is not list or len(raw) != 4:
        raise _shape("not a group")
    origin, stamp, seen, changes = raw
    if not _integer(stamp) or not _integer(seen) or type(changes) is not list or not changes:
        raise _shape("not a group")
    parsed = tuple([_change(change) for change in changes])
    if len({change.record for change in parsed}) != len(parsed):
        raise _shape("a record twice in a group")
    return Group(_origin(origin), stamp, seen, parsed)


def _origin(raw: Canonical) -> Origin | None:
    if raw == []:
        return None
    if type(raw) is not list or len(raw) != 2 or type(raw[0]) is not bytes or len(raw[0]) != 32:
        raise _shape("not an origin")
    if not _integer(raw[1]) or raw[1] == 0:
        raise _shape("an origin at no position")
    return Origin(raw[0], raw[1])


def _change(raw: Canonical) -> Change:
    if type(raw) is not list or len(raw) != 6:
        raise _shape("not a change")
    record, kind, version, deleted, fields, removed = raw
    if type(record) is not bytes or len(record) != 16 or record == _NO_RECORD:
        raise _shape("not a record id")
    if type(kind) is not str or not 0 < len(kind) <= NAME_LENGTH or not _integer(version) or version == 0:
        raise _shape("not a type and version")
    if type(deleted) is not bool or type(fields) is not dict or type(removed) is not list:
        raise _shape("not a change")
    for name in fields:
        if type(name) is not str or not 0 < len(name) <= NAME_LENGTH:
            raise _shape("not a field name")
    if removed:
        _check_removed(fields, removed)
    if deleted and (fields or removed):
        raise _shape("a deletion with fields")
    return Change(record, kind, version, deleted, fields, tuple(removed))


def _check_removed(fields: dict[str, Canonical], removed: list[Canonical]) -> None:
    last = ""
    for name in removed:
        if type(name) is not str or not last < name or len(name) > NAME_LENGTH or name in fields:
            raise _shape("removed names out of order, or set in the same change")
        last = name


def _integer(value: Canonical) -> bool:
    return type(value) is int and 0 <= value < INTEGER_LIMIT


def _shape(detail: str) -> ContentError:
    return ContentError("shape", detail)
