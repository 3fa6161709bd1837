"""Operations on values, keys and secrets: pages 1, 2, 5, 6 and 9 of the protocol."""

from collections.abc import Callable

from conformance.reference import shown
from conformance.reference.shown import Given
from conformance.table import Object
from crypto.public.base64url import b64, unb64
from crypto.public.encoding import decode, encode
from crypto.public.hashing import H, ctx, hkdf
from crypto.public.hpkekey import check_hpke_key, hpke_key_hash
from crypto.public.signing import SigningKey, check_public_key, verify
from crypto.secret import body, epoch
from crypto.secret.code import from_paper, to_paper
from crypto.secret.hpke import HpkeKey
from crypto.secret.invite import InviteKeys
from crypto.secret.slip import open_slip
from device.comparing import read_code, words_at
from sync.answer import Answer, Standing
from sync.device.changes import check_place, decode_content, encode_content
from sync.device.merge import RecordState, merge_change
from sync.evidence import Signed
from sync.session import session_message
from sync.signatures import check_signature
from sync.ticket import Ticket


def hashes(given: Given) -> Object:
    match given["kind"]:
        case "context":
            out = ctx(given["context"])
        case "H":
            out = H(given["context"], *map(bytes.fromhex, given["parts"]))
        case _:
            salt, data, length = given.raw("salt"), given.raw("data"), given["length"]
            out = hkdf(given.raw("ikm"), given["context"], data, length=length, salt=salt)
    return {"out": out.hex()}


def signing_keys(given: Given) -> Object:
    check_public_key(given.raw("key"))
    return {}


def signatures(given: Given) -> Object:
    verify(given.raw("public"), given["context"], given.raw("data"), given.raw("signature"))
    return {}


def sign(given: Given) -> Object:
    key = SigningKey.from_seed(given.raw("seed"))
    return {"public": key.public.hex(), "signature": key.sign(given["context"], given.raw("data")).hex()}


def hpke_keys(given: Given) -> Object:
    check_hpke_key(given.raw("key"))
    return {"hash": hpke_key_hash(given.raw("key")).hex()}


def derive(given: Given) -> Object:
    key = HpkeKey.from_seed(given.raw("seed"))
    return {"key": key.public.hex(), "hash": key.hash.hex()}


def wraps(given: Given) -> Object:
    reader, sealed, commitment = given.raw("reader"), given.raw("sealed"), given.raw("commitment")
    key, place = HpkeKey.from_seed(given.raw("seed")), (given.raw("programme"), given.raw("log"), given["epoch"])
    return {"key": epoch.unwrap(key, *place, reader, sealed, commitment).hex()}


def wrap(given: Given) -> Object:
    """With randomness of its own: the library takes none from outside."""
    key, public = given.raw("key"), HpkeKey.from_seed(given.raw("seed")).public
    sealed = epoch.wrap(key, given.raw("programme"), given.raw("log"), given["epoch"], given.raw("reader"), public)
    return {"sealed": sealed.hex(), "commitment": epoch.commitment(given["epoch"], key).hex()}


def previous_keys(given: Given) -> Object:
    place = given.raw("new_key"), given["new_epoch"], given.raw("log")
    key = epoch.open_previous(*place, given.raw("sealed"), given["previous_epoch"], given.raw("commitment"))
    return {"key": key.hex()}


def seal_previous(given: Given) -> Object:
    key, previous = given.raw("key"), given["previous_epoch"]
    sealed = epoch.seal_previous(given.raw("new_key"), given["new_epoch"], given.raw("log"), key, previous)
    return {"sealed": sealed.hex(), "commitment": epoch.commitment(previous, key).hex()}


def names(given: Given) -> Object:
    inbox = epoch.inbox_key(given.raw("leads_key"))
    sealed, device_key = given.raw("sealed"), given.raw("device_key")
    text = epoch.open_name(inbox, given.raw("programme"), given.raw("account"), sealed, device_key)
    return {"text": text, "inbox_hash": inbox.hash.hex()}


def slips(given: Given) -> Object:
    inbox = epoch.inbox_key(given.raw("leads_key"))
    told = open_slip(inbox, given.raw("programme"), given.raw("sealed"))
    if told is None:
        return {"told": {}}
    names = {"report": told.report.hex(), "resource": told.resource.hex()}
    return {"told": {**names, "failure": told.failure, "number": told.number, "checked": told.checked}}


def bodies(given: Given) -> Object:
    return {"plaintext": body.open(given.raw("key"), given.raw("header_fields"), given.raw("body")).hex()}


def seal_body(given: Given) -> Object:
    place = given.raw("key"), given.raw("salt"), given.raw("header_fields")
    return {"body": body.seal(*place, given.raw("plaintext")).hex()}


def invites(given: Given) -> Object:
    keys = InviteKeys.from_secret(given.raw("secret"))
    return {"signing": keys.signing.public.hex(), "hpke_hash": keys.hpke.hash.hex(), "id": keys.id.hex()}


def ticket(given: Given) -> Object:
    read = Ticket.from_text(given["text"])
    out: Object = shown.in_hex(
        {"kind": read.kind, "address": read.address, "server_key": read.server_key, "secret": read.secret}
    )
    return out


def write_ticket(given: Given) -> Object:
    return {"text": Ticket(given["kind"], given["address"], given.raw("server_key"), given.raw("secret")).to_text()}


def session(given: Given) -> Object:
    message = session_message(given["origin"], given.raw("challenge"), given.raw("principal"))
    check_signature(given.raw("key"), "session", message, given.raw("signature"))
    return {"message": message.hex()}


def answer(given: Given) -> Object:
    logs = [
        Standing(bytes.fromhex(one["log"]), shown.cursor(one["asked"]), shown.cursor(one["head"]), one["known"])
        for one in given["logs"]
    ]
    message = Answer(given.raw("programme"), given.raw("challenge"), given["day"], logs).message()
    Signed(message, given.raw("signature")).check(given.raw("server_key"))
    return {"message": message.hex()}


def content(given: Given) -> Object:
    found = decode_content(given.raw("plaintext"))
    check_place(found, given["position"], given["seen"])
    return {"content": shown.content(found)}


def merge(given: Given) -> Object:
    """All changes are of one record."""
    state: RecordState | None = None
    for one in given["changes"]:
        change, device = shown.change_of(one, b""), bytes.fromhex(one["device"])
        state = merge_change(
            state, change, stamp=one["stamp"], device=device, position=one["position"], seen=one["seen"]
        )
    return {"result": state and shown.record_state(state)}


def comparing(given: Given) -> Object:
    roster, witness = read_code(given["text"], given.raw("programme"))
    out: Object = shown.in_hex({"roster": roster.as_array(), "witness": witness.as_array()})
    return out


VALUES: dict[str, Callable[[Given], Object]] = {
    "encoding": lambda given: {"value": shown.typed(decode(given.raw("encoded")))},
    "encoding/encode": lambda given: {"encoded": encode(shown.untyped(given["value"])).hex()},
    "base64url": lambda given: {"bytes": unb64(given["text"], given.get("length")).hex()},
    "base64url/encode": lambda given: {"text": b64(given.raw("bytes"))},
    "hashes": hashes,
    "signing-keys": signing_keys,
    "signatures": signatures,
    "signatures/sign": sign,
    "hpke-keys": hpke_keys,
    "hpke-keys/derive": derive,
    "wraps": wraps,
    "wraps/seal": wrap,
    "previous-keys": previous_keys,
    "previous-keys/seal": seal_previous,
    "names": names,
    "slips": slips,
    "bodies": bodies,
    "bodies/seal": seal_body,
    "invites": invites,
    "codes": lambda given: {"secret": from_paper(given["typed"]).hex()},
    "codes/print": lambda given: {"code": to_paper(given.raw("secret"))},
    "ticket": ticket,
    "ticket/write": write_ticket,
    "session": session,
    "answer": answer,
    "content": content,
    "content/encode": lambda given: {"plaintext": encode_content(shown.content_of(given["content"])).hex()},
    "merge": merge,
    "comparing": comparing,
    "comparing/words": lambda given: {
        "words": list(words_at(given.raw("programme"), given["position"], given.raw("head")))
    },
}
