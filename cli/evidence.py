"""`hallway evidence`: what a file proves of a server. It needs no account, no network and no phone."""

from pathlib import Path
from typing import Annotated

import typer

from cli.command import register
from cli.terminal import Terminal, table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Judge what a server signed. Works anywhere, without a network."
)


@app.callback()
def evidence() -> None:
    """Judge what a server signed. Works anywhere, without a network."""


def verify(
    terminal: Terminal, file: Annotated[Path, typer.Argument(help="A file that `hallway phone evidence` wrote.")]
) -> None:
    """Say what a server signed, and why it cannot all be true.

    Exit code 0: proven; 1: explained, or not proven; 2: the file cannot be read.
    """
    from cli.evidence_file import read_evidence
    from cli.evidence_words import headline, plain, rows, told
    from sync.evidence import verify as judge

    given = read_evidence(file)
    with terminal.progress("Verifying"):
        verdict = judge(given)
    terminal.show(
        plain(verdict, given.log), headline(verdict), table(("", ""), rows(verdict, given.log)), *told(verdict)
    )
    if verdict.outcome != "proven":
        raise typer.Exit(1)


def join(
    terminal: Terminal,
    first: Annotated[Path, typer.Argument(help="A file that `hallway phone evidence --half` wrote.")],
    second: Annotated[Path, typer.Argument(help="The same of another phone of the programme.")],
    out: Annotated[Path, typer.Option(help="Write the evidence to this new file.")],
) -> None:
    """Make one file of evidence from what a server told two phones, if both cannot be true.

    Exit code 0: the file is written, whatever its verdict; 1: what the two were told fits together, or they are of two
    programmes, or damaged; 2: a file cannot be read.
    """
    from cli.asking import new_private_file
    from cli.errors import Refusal
    from cli.evidence_file import to_json
    from cli.evidence_words import FITS, PRIVACY, headline
    from cli.half_file import ASK_AGAIN, read_half
    from sync.evidence import Unproven
    from sync.half import join as joined

    halves = read_half(first), read_half(second)
    with terminal.progress("Joining"):
        try:
            found = joined(*halves)
        except Unproven as why:
            raise Refusal("halves-wrong", str(why), ASK_AGAIN) from None
    if found.evidence is None or found.verdict is None:
        following = "Sync both phones, let both write their half again, and compare them with `hallway phone compare`."
        raise Refusal("no-evidence", FITS.format(logs=", ".join(found.logs)), following, logs=list(found.logs))
    with new_private_file(out) as file:
        file.write(to_json(found.evidence))
    verdict = found.verdict
    document = {"file": str(out), "log": verdict.log, "outcome": verdict.outcome, "reason": verdict.reason}
    terminal.show(document, headline(verdict), f"In {out}. Judged here: {verdict.reason}.", PRIVACY)


register(app, {"verify": verify, "join": join})
