"""Values as cases show them: bytes in hexadecimal, a cursor as a pair, an entry as header, signature and body."""

from typing import Any

from conformance.table import Json, Object
from crypto.public.encoding import decode, encode
from sync.device.changes import Change, Content, Group, Origin
from sync.device.merge import REMOVED, RecordState, Value
from sync.evidence import Signed
from sync.log import Cursor, Entry
from sync.readers import keys_called_for, wraps_called_for
from sync.state import RosterState


class Given:
    """What goes into an operation, under the names of the table."""

    def __init__(self, members: Object) -> None:
        self.members = members

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def __getitem__(self, name: str) -> Json:
        return self.members[name]

    def get(self, name: str) -> Json:
        return self.members.get(name)

    def raw(self, name: str) -> bytes:
        return bytes.fromhex(self.members[name])

    def cursor(self, name: str) -> Cursor:
        return cursor(self.members[name])

    def entries(self, name: str) -> list[Entry]:
        return [entry(one) for one in self.members[name]]

    @property
    def entry(self) -> Entry:
        return entry(self.members)


def cursor(value: Json) -> Cursor:
    return Cursor(value[0], bytes.fromhex(value[1]))


def entry(value: Object) -> Entry:
    body = value.get("body")
    return Entry(
        bytes.fromhex(value["header"]), bytes.fromhex(value["signature"]), None if body is None else bytes.fromhex(body)
    )


def signed(value: Json) -> Signed:
    return Signed(*map(bytes.fromhex, value))


def in_hex(value: Any) -> Json:
    """JSON for a value of byte strings, numbers, texts, lists and maps."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [in_hex(item) for item in value]
    if isinstance(value, dict):
        return {in_hex(key): in_hex(item) for key, item in value.items()}
    return value


def typed(value: Any) -> Json:
    """Every value under the name of its type, so that JSON loses nothing."""
    match value:
        case bool():
            return {"bool": value}
        case int():
            return {"int": str(value)}
        case str():
            return {"text": value}
        case bytes():
            return {"bytes": value.hex()}
        case list():
            return {"array": [typed(item) for item in value]}
    return {"map": [[key, typed(item)] for key, item in value.items()]}


def untyped(value: Object) -> Any:
    [(kind, inner)] = value.items()
    match kind:
        case "array":
            return [untyped(item) for item in inner]
        case "map":
            return {key: untyped(item) for key, item in inner}
        case "int":
            return int(inner)
        case "bytes":
            return bytes.fromhex(inner)
    return inner


def roster_state(state: RosterState, entry: Entry) -> Object:
    """What can be compared without knowing this implementation's values; rows: what must travel with the entry."""
    open_now = [id_ for id_, invite in state.invites.items() if invite.is_open(state.time)]
    told: Object = in_hex(
        {
            "time": state.time,
            "policy": state.policy.as_array(),
            "accounts": {id_: account.role for id_, account in sorted(state.accounts.items())},
            "devices": {id_: device.account for id_, device in sorted(state.devices.items())},
            "open_invites": sorted(open_now),
            "former": {id_: former.position for id_, former in sorted(state.former.items())},
            "departed": {id_: departure.position for id_, departure in sorted(state.departed.items())},
            "due": ["commons"] * (state.commons_due is not None) + ["leads"] * (state.leads_due is not None),
            "server": [state.server_key, state.address],
            "one_organisation": state.one_organisation,
            "rules": state.rules,
            "restored": state.restored,
            "epochs": {log: space.epoch for log, space in sorted(state.spaces.items())},
            "wraps": [list(wrap) for wrap in sorted(wraps_called_for(state, [entry]))],
            "keys": sorted(keys_called_for([entry])),
        }
    )
    return told


def statistics_state(state: RosterState, entry: Entry) -> Object:
    """The same with what is counted."""
    counted: Object = in_hex(
        {
            "tasks": {id_: task.as_array() for id_, task in sorted(state.tasks.items())},
            "aggregators": sorted(state.aggregators),
            "offers": {id_: offer.opening for id_, offer in sorted(state.offers.items())},
            "openings": {
                id_: [one.task, one.period, one.ended is not None, one.closed or b"", one.accepted]
                for id_, one in sorted(state.openings.items())
            },
        }
    )
    return roster_state(state, entry) | counted


def content(value: Content) -> Object:
    told: Object = in_hex(
        {
            "written_at": value.written_at,
            "groups": [
                {
                    "origin": None if group.origin is None else group.origin._asdict(),
                    "stamp": group.stamp,
                    "seen": group.seen,
                    "changes": [
                        change._asdict() | {"fields": {name: encode(one) for name, one in change.fields.items()}}
                        for change in group.changes
                    ],
                }
                for group in value.groups
            ],
        }
    )
    return told


def content_of(value: Object) -> Content:
    groups = [
        Group(
            None
            if one["origin"] is None
            else Origin(bytes.fromhex(one["origin"]["device"]), one["origin"]["position"]),
            one["stamp"],
            one["seen"],
            tuple(change_of(change, bytes.fromhex(change["record"])) for change in one["changes"]),
        )
        for one in value["groups"]
    ]
    return Content(value["written_at"], tuple(groups))


def change_of(value: Object, record: bytes) -> Change:
    fields = {name: decode(bytes.fromhex(one)) for name, one in value["fields"].items()}
    return Change(record, value["type"], value["version"], value["deleted"], fields, tuple(value["removed"]))


def record_state(state: RecordState) -> Object:
    return {
        "type": state.type,
        "version": state.version,
        "deleted": state.deleted,
        "values": {name: _field(value) for name, value in state.values().items()},
        "conflicts": {name: [_field(each.value) for each in lost] for name, lost in state.conflicts().items()},
    }


def _field(value: Value) -> str | None:
    return None if value is REMOVED else encode(value).hex()
