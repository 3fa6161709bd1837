"""Every failure as one sentence, what to do next, and an exit code: no traceback reaches a person."""

import json
import os
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any

import typer

from schemas.records import Sentence, again, problem_advice, problem_words

REFUSED, USAGE, UNREACHABLE, WRONG_SECRET = 1, 2, 3, 4

LATER = Sentence("next_unreachable")
NEWER = "Update hallway; if that does not help, report this. What you wrote is kept on this phone."
AGAIN = "Run `hallway phone sync`, then try again."
LINK_ANEW = Sentence("next_link_anew")
NEW_TICKET = "Ask whoever gave you the ticket for a new one. A code on paper is looked for on its own server only."
DISTRUST = Sentence("next_distrust")


class Refusal(Exception):
    """Refused by the command itself, in the words of one of its lines."""

    code = REFUSED

    def __init__(self, problem: str, detail: str, following: str, **members: Any) -> None:
        super().__init__(detail)
        self.problem = problem
        self.following = following
        self.members = members


class Usage(Refusal):
    """The command was called in a way that it cannot be understood."""

    code = USAGE

    def __init__(self, detail: str, following: str, problem: str = "usage", **members: Any) -> None:
        super().__init__(problem, detail, following, **members)


@dataclass(frozen=True)
class Failure:
    """What is reported. `following`: what to do next; `members`: more of it for programs."""

    problem: str
    detail: str
    following: str
    code: int = REFUSED
    members: dict[str, Any] = field(default_factory=dict)


# Named by their modules, so that the table loads none of them: the server's tree lacks half of these.
TABLE: dict[str, tuple[str, int, str]] = {
    "api.keyfile.KeyFileWrong": ("key-file-wrong", REFUSED, "Mend the server's key file, then start again."),
    "api.metrics.MetricsPortTaken": (
        "address-in-use", REFUSED, "Stop what listens there, or choose another HALLWAY_METRICS_PORT.",
    ),
    "conformance.cases.NoVectors": ("no-vectors", USAGE, "Run it with a checkout of Hallway, in which they are."),
    "conformance.ceremonies.story.StoryBroken": ("story-broken", USAGE, "This is a defect of Hallway: report it."),
    "conformance.client.NotStarted": ("not-started", USAGE, "Give the command that you would type, after the options."),
    "conformance.run.NoSuchList": ("usage", USAGE, "Name one of these, or leave --only out."),
    "crypto.errors.CodeWrong": ("code-wrong", WRONG_SECRET, "Look at the paper again and retype that group."),
    "crypto.errors.CryptoError": ("crypto", REFUSED, NEWER),
    "crypto.errors.PasscodeWrong": ("passcode-wrong", WRONG_SECRET, Sentence("next_passcode")),
    "device.ceremonies.inviting.CodeUnknown": (
        "code-unknown", WRONG_SECRET, "Show the code again with `hallway phone code`, and type back that one.",
    ),
    "device.ceremonies.joining.InviteClosed": ("invite-closed", REFUSED, NEW_TICKET),
    "device.ceremonies.naming.NameWrong": ("name-wrong", REFUSED, "Give a shorter --name."),
    "device.ceremonies.revoking.Unknown": (
        "unknown", REFUSED, "See `hallway phone devices`, or `hallway lead members`; sync first.",
    ),
    "device.comparing.CompareWrong": ("compare-wrong", REFUSED, "Nothing is wrong with either phone. Try it again."),
    "device.erasing.ErasureUnknown": ("unknown", REFUSED, "Sync, then see `hallway phone erasures`."),
    "device.handles.HandleWrong": ("handle-wrong", REFUSED, Sentence("next_nickname")),
    "device.importing.NotImportable": ("import-refused", REFUSED, Sentence("next_import_entry")),
    "device.phone.JoinedAlready": ("joined-already", REFUSED, "Give --home a new directory for another programme."),
    "device.records.AlreadySet": ("already-set", REFUSED, "Change it with `hallway phone edit`."),
    "device.records.NoConflict": ("no-conflict", REFUSED, Sentence("use_conflicts")),
    "device.records.NotAllowed": ("not-allowed", REFUSED, Sentence("next_lead")),
    "device.records.NotFound": ("not-found", REFUSED, Sentence("next_not_found")),
    "device.records.NotJoined": (
        "not-joined", REFUSED, Sentence("next_not_joined"),
    ),
    "device.records.RecordsError": ("not-possible", REFUSED, Sentence("next_nothing_changed")),
    "device.statistics.keys.KeyLost": (
        "key-lost", REFUSED, "If the period can still be opened once more, do so: `hallway lead stats open --again`.",
    ),
    "device.statistics.opening.NoSecondAggregator": (
        "no-second-aggregator", REFUSED,
        "A member of 28 days runs `hallway phone aggregate --on`. Else --shares 2: server and lead could read reports.",
    ),
    "device.statistics.opening.NoSecondOffer": (
        "no-second-offer", REFUSED, "Ask the second aggregator to run `hallway phone aggregate`, then sync.",
    ),
    "device.statistics.releasing.TooFew": (
        "too-few-reports", REFUSED, "Wait for more reports, or for the second aggregator, then close again.",
    ),
    "device.tables.DatabaseNewer": ("database-newer", REFUSED, "Update hallway."),
    "device.transport.Malformed": (
        "answer-malformed", UNREACHABLE, "Check the address, and that no sign-in page of a network is in between.",
    ),
    "device.transport.Unreachable": ("unreachable", UNREACHABLE, LATER),
    "device.vault.AlreadyHere": ("vault-exists", REFUSED, "Open it, or give --home a new directory."),
    "device.vault.NotHere": (
        "no-vault", REFUSED, Sentence("next_no_vault"),
    ),
    "device.vault.VaultError": ("vault", REFUSED, "Nothing was changed. Check both directories of this phone."),
    "device.vault.VaultFull": ("disk-full", REFUSED, Sentence("next_full")),
    "device.vault.VaultLocked": ("vault-locked", REFUSED, Sentence("next_locked")),
    "device.vault.VaultRestored": ("vault-restored", REFUSED, LINK_ANEW),
    "device.wrapping.KeyNotHere": ("key-not-here", REFUSED, AGAIN),
    "device.writer.CannotSign": ("cannot-sign", REFUSED, LINK_ANEW),
    "schemas.records.directory.DirectoryError": (
        "directory-refused", REFUSED, "Nothing was imported. Mend these rows, then import the whole file again.",
    ),
    "schemas.records.entries.EntriesError": (
        "import-refused", REFUSED, Sentence("next_import"),
    ),
    "schemas.records.errors.RecordError": ("record-refused", REFUSED, Sentence("next_record")),
    "store.errors.AlreadyServed": ("already-served", REFUSED, "Stop the other server, or name another database."),
    "store.errors.NoFile": (
        "no-file", REFUSED, "Run `pg_dump` with the same address, as docs/operator.md has it.",
    ),
    "store.errors.Overloaded": ("overloaded", REFUSED, "Try again later."),
    "store.errors.StorageFailed": (
        "storage-failed", REFUSED, "Check the disk, the path or address, and the version of hallway.",
    ),
    "sync.device.replica.RulesNewer": ("rules-newer", REFUSED, Sentence("next_update")),
    "sync.device.replica.ServerFault": ("server-fault", REFUSED, DISTRUST),
    "sync.errors.Refused": ("refused", REFUSED, AGAIN),
    "sync.ticket.TicketWrong": ("ticket-wrong", REFUSED, "Copy the whole ticket again, or ask for a new one."),
}  # fmt: skip
"""Class -> (problem, exit code, what to do next); a class that is not named is found by the nearest it is a kind of."""


def failure_of(error: BaseException, lang: str = "en") -> Failure:
    """The report of any exception; in `lang` what a server refused, and what has a sentence of the label files."""
    match error:
        case Refusal():
            return Failure(error.problem, _detail(error, lang), again(lang, error.following), error.code, error.members)
        case typer.TyperException():
            return _misused(error)
        case typer.Abort():
            return Failure("aborted", "stopped before the end", "Nothing more was done. Start again.")
    name = next((name for kind in type(error).__mro__ if (name := _dotted(kind)) in TABLE), "")
    if name:
        problem, code, following = TABLE[name]
        if name == "schemas.records.errors.RecordError":
            problem = getattr(error, "problem", problem)
        return Failure(problem, _detail(error, lang), again(lang, following), code, _members(error))
    if _dotted(type(error)) == "device.transport.ServerProblem":
        return _refused_by_server(error, lang)
    if isinstance(error, OSError):
        said = ": ".join(str(part) for part in (error.filename, error.strerror) if part)
        return Failure("file-error", said or str(error), "Check the path, its permissions and the disk.")
    if os.environ.get("HALLWAY_TRACEBACK"):
        traceback.print_exception(error)
    following = "This is a defect: report it, with what HALLWAY_TRACEBACK=1 shows. Nothing acknowledged is lost."
    return Failure("internal", f"unexpected {type(error).__name__}", following)


def report(failure: Failure, *, as_json: bool) -> None:
    """Say it on standard error."""
    from cli.terminal import printable

    if as_json:
        document = {"problem": failure.problem, "detail": failure.detail, "next": failure.following}
        sys.stderr.write(json.dumps({**failure.members, **document}) + "\n")
    elif failure.detail:
        typer.secho(printable(failure.detail), fg="red", err=True)
        typer.echo(printable(failure.following), err=True)
    sys.stderr.flush()


def _detail(error: BaseException, lang: str) -> str:
    """What an error says; a sentence of the phone in `lang`."""
    return again(lang, error.args[0]) if error.args and isinstance(error.args[0], str) else str(error)


def _misused(error: typer.TyperException) -> Failure:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "hallway"
    return Failure("usage", error.format_message(), f"See `{path} --help`.", error.exit_code)


def _refused_by_server(error: Any, lang: str) -> Failure:
    code = UNREACHABLE if error.status >= 500 or error.status == 429 else REFUSED
    advice = problem_advice(lang, error.name, error.status)
    # Programs are given the server's detail, under its own name; people only what this program says by itself.
    members = {"server_detail": error.detail} if error.detail else {}
    return Failure(error.name, problem_words(lang, error.name), advice, code, members)


def _members(error: BaseException) -> dict[str, Any]:
    """What programs are told besides the sentence."""
    rows = getattr(error, "errors", ())
    members: dict[str, Any] = {
        name: value for name in ("field", "group") if (value := getattr(error, name, None)) not in (None, "")
    }
    if rows:
        members["errors"] = [
            {"row": row.row, "field": row.field, "problem": row.problem, "message": row.message} for row in rows
        ]
    return members


def _dotted(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
