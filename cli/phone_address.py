"""Following the server to a new address."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.handset import Handset

if TYPE_CHECKING:
    from device.phone import Phone


def address(
    handset: Handset,
    where: Annotated[str, typer.Argument(metavar="ADDRESS", help="Such as https://hallway.example.")],
) -> None:
    """Tell this phone where the programme's server is now, if it was away while it moved.

    Nothing changes unless the server of the programme answers there.
    """
    told = where.rstrip("/")

    async def work(phone: "Phone") -> None:
        with handset.progress("Looking there"):
            await phone.go_to(told)
        handset.show({"address": told}, f"The programme's server is at {told}. Now sync: `hallway phone sync`.")

    handset.run(work)
