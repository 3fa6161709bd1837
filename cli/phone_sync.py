"""Sync, and how the phone stands."""

from typing import TYPE_CHECKING, Any

from cli.handset import Handset, kept_here, only_here
from cli.standing import CODE_STATES, Standing, standing
from cli.terminal import count, table

if TYPE_CHECKING:
    from device.phone import Phone
    from device.report import Report

NO_SETTINGS = "(no settings yet, see `hallway lead configure`)"

MOST_SILENT = 10
"""So many are listed: a server that hides the witnesses of all would fill the screen."""


def sync(handset: Handset) -> None:
    """Send what is on this phone alone, and fetch what is new.

    The server sees that this phone is used now. An app syncs once a day at a random moment, which says less.
    """

    from device.days import ahead

    async def work(phone: "Phone") -> None:
        with handset.progress("Syncing"):
            report = await phone.sync()
        number, notices, days = phone.records.unsent(), phone.take_notices(), ahead(phone.vault.read())
        document = {**_plain(report), "notices": notices, "unsent": number, "clock_ahead_days": days}
        # "Send with `hallway phone sync`" is no advice for a phone that just did, and may send nothing.
        rest = only_here(number) if not (number and phone.engine.writer.silenced) else kept_here(number)
        handset.show(document, *_said(report), *notices, *_clock(days), rest)

    handset.run(work)


def status(handset: Handset) -> None:
    """Say how this phone stands. Works without a network."""

    async def work(phone: "Phone") -> None:
        found = standing(phone)
        notices = phone.take_notices() if found.stage == "active" else []
        rows = [*_rows(found), *(("New", notice) for notice in notices)]
        handset.show({**found.as_json(), "notices": notices}, table(("", ""), rows))

    handset.run(work, arrived=False)


def _plain(report: "Report") -> dict[str, object]:
    return {
        "pulled": report.pulled,
        "landed": report.landed,
        "waiting": report.waiting,
        "quarantined": report.quarantined,
        "notes": report.notes,
    }


def _said(report: "Report") -> list[str]:
    lines = [f"{count(report.pulled, 'entry', 'entries')} fetched, {report.landed} of them this phone's own."]
    if report.quarantined:
        lines.append(f"{count(report.quarantined, 'entry', 'entries')} could not be read and are kept aside.")
    return lines + report.notes


def _clock(days: int) -> list[str]:
    if not days:
        return []
    off = f"{count(abs(days), 'day')} {'ahead of' if days > 0 else 'behind'}"
    return [f"This phone's clock is {off} the server's. Set it right: what you log is dated by it."]


def _named(one: "dict[str, Any]") -> str:
    who = one["name"] or f"account {one['account'][:8]}"
    return f"{who} for {one['days']} days: on holiday, or shown another history; compare phones to find out"


def _signs(found: Standing) -> str:
    if found.may_sign:
        return ""
    return ", which may sign nothing" + (": link or recover it here" if found.role else "")


def _rows(found: Standing) -> list[tuple[str, str]]:
    if found.stage == "none":
        return [("Programme", "none yet: run `hallway phone join`")]
    if found.stage != "active":
        return [("Programme", f"on the way in ({found.stage}): run the same command again"), ("Server", found.address)]
    return [
        (
            "Programme",
            f"{found.programme_name or NO_SETTINGS} {found.programme[:8]}",
        ),
        ("Account", f"{found.account[:8]} ({found.role or 'left'})"),
        ("Phone", found.device[:8] + _signs(found)),
        ("Server", found.address),
        ("Last sync", found.last_sync or "never"),
        ("Only on this phone", count(found.unsent, "entry", "entries")),
        ("On the way", count(found.waiting, "signed entry", "signed entries")),
        ("Kept aside", str(found.quarantined)),
        ("Conflicts", f"{found.conflicts}" + (": see `hallway phone conflicts`" if found.conflicts else "")),
        *([("Recovery code", CODE_STATES[found.code])] if found.role else []),
        *(("Note", note) for note in found.notes),
        *(("Not heard from", _named(one)) for one in found.silent[:MOST_SILENT]),
        *([("Not heard from", f"and {more} more")] if (more := len(found.silent) - MOST_SILENT) > 0 else []),
    ]
