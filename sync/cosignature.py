"""Consent of a recovery code to a statement (docs/protocol/4-roster.md)."""

from sync.errors import Refused
from sync.log import Header
from sync.signatures import check_signature
from sync.state import RosterState
from sync.statement import Statement


def check_cosignature(state: RosterState, header: Header, statement: Statement, *, new: bool = True) -> None:
    """A co-signature, if there is one, is that of an open recovery code of the author's account.

    With `new` false the code need not be open any more: a reader of history cannot tell when it was. Raises Refused
    `cosignature-invalid`, `key-refused`.
    """
    cosignature = statement.cosigned
    if cosignature is None:
        return
    code = state.invites.get(cosignature.code)
    author = state.known_device(header.device)
    if (
        code is None
        or author is None
        or code.role != "recovery"
        or code.account != author.account
        or (new and not code.is_open(max(state.time, statement.day)))
    ):
        raise Refused("cosignature-invalid", "the co-signature names no open recovery code of this account")
    message = statement.cosign_message(header.log, header.seen)
    check_signature(code.signing_key, "cosign", message, cosignature.signature, "cosignature-invalid")
