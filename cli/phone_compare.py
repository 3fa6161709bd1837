"""Comparing with a colleague, face to face or over the telephone, whether the server shows both the same."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask
from cli.errors import Usage
from cli.handset import Handset
from cli.phone_join import qr

if TYPE_CHECKING:
    from device.comparing import Verdict
    from device.phone import Phone

WHAT = "Their code, or the number and six words"
SAID = {
    "same": "The same history: the server showed both of you the same.",
    "sync first": "One of the two has not seen yet what the other has. Sync both phones, then compare again.",
    "different": (
        "Different histories. Sync both phones and compare again. If they still differ, the server was put back from a"
        " backup, or shows you different things: keep both phones as they are, and tell your programme's lead."
    ),
}


def compare(
    handset: Handset,
    given: Annotated[
        bool, typer.Option("--with", help="Ask for what the other phone shows, and compare it with this one.")
    ] = False,
) -> None:
    """Show what the server has shown this phone, as a code to scan and as six words to read aloud. No secret.

    The other person runs it with --with, and types the code, or the number and the six words. Works without a network.
    """
    typed = ask(WHAT, "--with") if given else ""

    async def work(phone: "Phone") -> None:
        if given:
            verdict = _verdict(phone, typed)
            handset.show({"result": verdict.value}, SAID[verdict.value])
            return
        text, (position, words) = phone.compare_code(), phone.compare_words()
        spoken = f"{position} {' '.join(words)}"
        document = {"code": text, "position": position, "words": list(words)}
        handset.show(document, qr(text), text, f"Over the telephone: {spoken}")

    handset.run(work)


def _verdict(phone: "Phone", typed: str) -> "Verdict":
    """Raises CompareWrong, Usage."""
    first, *words = typed.replace(",", " ").split() or [""]
    if not words:
        return phone.compare(first)
    if not (first.isascii() and first.isdigit() and len(first) < 16):
        raise Usage("the words come behind a number", "Type it as read aloud: 12 abacus abdomen ...")
    return phone.compare_spoken(int(first), words)
