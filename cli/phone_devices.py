"""The phones of an account: listing them, taking one off, leaving with all of them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import ask, read_secret
from cli.errors import Refusal, Usage
from cli.handset import Handset
from cli.record_id import SHORTEST
from cli.terminal import table
from cli.values import short

if TYPE_CHECKING:
    from rich.console import RenderableType

    from device.own_devices import OwnDevice
    from device.phone import Phone

CAME = {
    "found": "founded the programme",
    "member": "joined",
    "lead": "joined",
    "link": "linked",
    "recovery": "recovered",
}
Since = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="The day it was lost (2026-11-30): what it brought in from then on is undone; else nothing is.",
    ),
]


def devices(handset: Handset) -> None:
    """List the phones of this account, and when each was last heard from. Works without a network."""

    async def work(phone: "Phone") -> None:
        found = phone.devices()
        handset.show({"phones": [plain(one) for one in found]}, listing(found))

    handset.run(work)


def revoke(
    handset: Handset,
    device_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the lost phone, or its beginning.")],
    since: Since = None,
    code_file: Annotated[
        Path | None, typer.Option(help="File with the recovery code, - for standard input, if it is to consent.")
    ] = None,
) -> None:
    """Take another phone off this account, a lost or stolen one. What it wrote before stays.

    With the recovery code, what it took off or wrote since DATE is undone whatever others had seen of it.
    """
    lost = day_of(since)
    typed = read_secret("Recovery code", code_file, "--code-file") if code_file is not None else ""

    async def work(phone: "Phone") -> None:
        device = pick((one.id for one in phone.devices()), device_id, "phones", "hallway phone devices")
        if device == phone.engine.identity.device:
            said = "On another phone of yours: `hallway phone revoke`. To end your membership: `hallway phone leave`."
            raise Refusal("this-phone", "this is the phone that you are using", said)
        with handset.progress("Revoking"):
            await phone.revoke(device, lost, typed)
        said = f"Revoked {short(device)}. It reads nothing that is written from now on."
        handset.show({"revoked": device.hex(), "phones": [plain(one) for one in phone.devices()]}, said)

    handset.run(work)


def leave(
    handset: Handset,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    code_file: Annotated[
        Path | None, typer.Option(help="File with the recovery code, - for standard input, if you made one.")
    ] = None,
) -> None:
    """Leave the programme with all phones of this account, for ever. Each keeps its copy of your entries.

    If you made a recovery code, the oldest one that is open must consent: a stolen phone could otherwise leave for you.
    """
    if not yes and ask("You leave for ever. Type LEAVE", "--yes") != "LEAVE":
        raise Usage("nothing was done", "Type LEAVE, or give --yes.")
    typed = read_secret("Recovery code", code_file, "--code-file") if code_file is not None else ""

    async def work(phone: "Phone") -> None:
        with handset.progress("Leaving"):
            await phone.leave(typed)
        handset.show({"removed": phone.engine.identity.account.hex()}, *phone.notes()[:1])

    handset.run(work)


def stays(phone: "Phone", handset: Handset, keep: Iterable[str], *, keep_all: bool) -> set[bytes]:
    """After a recovery: the ids of the phones that the owner keeps. Asks if there are others and nothing was given."""
    others = [one for one in phone.devices() if not one.here]
    if keep_all or not others:
        return {one.id for one in others}
    typed = list(keep)
    if not typed:
        handset.remark("Your other phones. Whoever has one of them reads your entries.")
        for one in others:
            handset.remark(f"  {short(one.id)}  {CAME[one.way]}, last heard from {_heard(one)}")
        typed = ask("Ids of those to keep, or Enter to take all off", "--keep").split()
    return {pick((one.id for one in others), one, "phones", "hallway phone devices") for one in typed}


def pick(ids: Iterable[bytes], typed: str, what: str, where: str) -> bytes:
    """The one id that begins so. Raises Refusal."""
    wanted = typed.strip().lower()
    found = [id_ for id_ in ids if id_.hex().startswith(wanted)]
    if len(found) != 1 or len(wanted) < SHORTEST:
        raise Refusal("unknown", f"{len(found)} {what} have an id that begins with {typed}", f"See `{where}`.")
    return found[0]


def day_of(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(f"{text!r} is no day", "Write it as 2026-11-30.") from None


def plain(one: "OwnDevice") -> dict[str, Any]:
    heard = None if one.heard is None else _time(one.heard)
    return {"id": one.id.hex(), "here": one.here, "came": one.way, "last_heard": heard}


def listing(found: "list[OwnDevice]") -> "RenderableType":
    rows = [(short(one.id) + (" (this one)" if one.here else ""), CAME[one.way], _heard(one)) for one in found]
    return table(("Phone", "Came", "Last heard from"), rows)


def _heard(one: "OwnDevice") -> str:
    return "never" if one.heard is None else _time(one.heard)


def _time(seconds: int) -> str:
    # By the clock of that phone, which may be years off, or nonsense.
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes")
    except (OverflowError, ValueError, OSError):
        return "by a clock that is wrong"
