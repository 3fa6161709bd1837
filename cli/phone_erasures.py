"""What is going to be erased, by which phone; undoing it; and erasing at once."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import read_secret
from cli.errors import Usage
from cli.handset import Handset
from cli.phone_devices import pick
from cli.phone_join import CodeFile
from cli.terminal import count, table
from cli.values import short

if TYPE_CHECKING:
    from rich.console import RenderableType

    from device.erasing import Planned
    from device.phone import Phone

HERE = "hallway phone erasures"


def erasures(
    handset: Handset,
    withdraw: Annotated[
        str | None, typer.Option(metavar="ID", help="Undo this erasure, by its id or the beginning of it.")
    ] = None,
) -> None:
    """List what the server is going to erase, when, and which phone asked for it. What stands is written again first.

    Two weeks pass until then, in which any of your phones may undo it.
    """

    async def work(phone: "Phone") -> None:
        if withdraw is not None:
            id_ = pick((one.id for one in phone.erasures()), withdraw, "erasures", HERE)
            with handset.progress("Withdrawing"):
                await phone.withdraw(id_)
        found = phone.erasures()
        handset.show({"erasures": [_plain(one) for one in found]}, _listing(found) if found else "Nothing is erased.")

    handset.run(work)


def erase(
    handset: Handset,
    now: Annotated[bool, typer.Option("--now", help="At once, for ever, with the consent of a recovery code.")] = False,
    code_file: CodeFile = None,
) -> None:
    """Erase at once what your entries said before you changed or deleted them. Nobody can undo it.

    Without this it is done by itself, two weeks after it is worth it.
    """
    if not now:
        raise Usage("nothing was erased", f"Give --now; `{HERE}` shows what is erased by itself.")
    typed = read_secret("Recovery code", code_file, "--code-file")

    async def work(phone: "Phone") -> None:
        with handset.progress("Erasing"):
            number = await phone.erase_now(typed)
        handset.show({"erased": number}, f"Erased {count(number, 'old flush', 'old flushes')} from the server.")

    handset.run(work)


def _plain(one: "Planned") -> dict[str, Any]:
    return {
        "id": one.id.hex(),
        "space": one.space,
        "phone": one.device.hex(),
        "here": one.own,
        "due": _day(one.due),
        "consented": one.cosigned,
        "flushes": one.bodies,
    }


def _listing(found: "list[Planned]") -> "RenderableType":
    rows = [
        (
            short(one.id),
            one.space,
            _day(one.due),
            short(one.device) + (" (this one)" if one.own else ""),
            str(one.bodies),
        )
        for one in found
    ]
    return table(("Id", "Space", "On", "Asked for by phone", "Flushes"), rows)


def _day(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
