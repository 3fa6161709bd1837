"""What the server signed that cannot all be true, as a file for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import new_private_file
from cli.errors import Refusal
from cli.handset import Handset
from cli.terminal import count

if TYPE_CHECKING:
    from device.phone import Phone


def evidence(
    handset: Handset,
    out: Annotated[Path, typer.Option(help="Write to this new file.")],
    half: Annotated[
        bool, typer.Option("--half", help="Write all that the server told this phone, to be joined with another's.")
    ] = False,
) -> None:
    """Write down what the server signed that contradicts itself, for anybody to judge with `hallway evidence verify`.

    A server that tells two phones two things contradicts itself to neither. Then each writes its --half, without a
    network, and `hallway evidence join` makes one file of them. The files name nobody and hold no entry and no key,
    but they show who joined when, and how many phones there are; a half also, how much this phone's account wrote.
    """
    if half:
        _half(handset, out)
        return
    from cli.evidence_file import to_json
    from cli.evidence_words import HEADLINES, PRIVACY
    from sync.evidence import verify

    async def work(phone: "Phone") -> None:
        with handset.progress("Gathering"):
            found = await phone.evidence()
        if not found:
            raise Refusal(
                "no-evidence",
                "this phone has seen the server sign nothing that contradicts itself",
                "See `hallway phone status` for what it has noted.",
            )
        verdicts = [(verify(one), one) for one in found]
        verdict, chosen = next((each for each in verdicts if each[0].outcome == "proven"), verdicts[0])
        with new_private_file(out) as file:
            file.write(to_json(chosen))
        document = {"file": str(out), "log": verdict.log, "outcome": verdict.outcome, "reason": verdict.reason}
        more = f"It is about one log of {count(len(found), 'log')} with a contradiction." if len(found) > 1 else ""
        said = HEADLINES[verdict.outcome], f"In {out}. Judged here: {verdict.reason}.", more, PRIVACY
        handset.show({**document, "logs": len(found)}, *filter(None, said))

    handset.run(work)


def _half(handset: Handset, out: Path) -> None:
    from cli.evidence_words import HALF, HALF_PRIVACY
    from cli.half_file import half_to_json

    async def work(phone: "Phone") -> None:
        told = phone.half()
        with new_private_file(out) as file:
            file.write(half_to_json(told))
        document = {"file": str(out), "answers": len(told.answers), "logs": len(told.logs) + 1}
        handset.show(document, f"In {out}. {HALF}", HALF_PRIVACY)

    handset.run(work)
