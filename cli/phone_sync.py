"""Sync, and how the phone stands."""

from typing import TYPE_CHECKING, Any

from cli.handset import Handset
from cli.standing import Standing, standing
from cli.terminal import table
from cli.values import Words

if TYPE_CHECKING:
    from device.phone import Phone
    from device.report import Report

MOST_SILENT = 10
"""So many are listed: a server that hides the witnesses of all would fill the screen."""


def sync(handset: Handset) -> None:
    """Send what is on this phone alone, and fetch what is new."""
    from device.days import ahead

    async def work(phone: "Phone") -> None:
        with handset.progress("Syncing"):
            report = await phone.sync()
        number, notices, days = phone.records.unsent(), phone.take_notices(), ahead(phone.vault.read())
        words = handset.words(phone.records)
        document = {**_plain(report), "notices": notices, "unsent": number, "clock_ahead_days": days}
        said = [words.again(each) for each in (*report.notes, *notices)]
        # "Send with `hallway phone sync`" is no advice for a phone that just did, and may send nothing.
        stuck = number and phone.engine.writer.silenced
        rest = words.say("kept_here", entries=words.entries(number)) if stuck else words.only_here(number)
        handset.show(document, *_said(report, words), *said, *_clock(days, words), rest)

    handset.run(work)


def status(handset: Handset) -> None:
    """Say how this phone stands."""

    async def work(phone: "Phone") -> None:
        found = standing(phone)
        notices = phone.take_notices() if found.stage == "active" else []
        words = Words(handset.language)
        rows = [*_rows(found, words), *(("new", words.again(notice)) for notice in notices)]
        shown = table(("", ""), [(words.code("standing", name), value) for name, value in rows])
        handset.show({**found.as_json(), "notices": notices}, shown)

    handset.run(work, arrived=False)


def _plain(report: "Report") -> dict[str, object]:
    return {
        "pulled": report.pulled,
        "landed": report.landed,
        "waiting": report.waiting,
        "quarantined": report.quarantined,
        "notes": report.notes,
    }


def _said(report: "Report", words: Words) -> list[str]:
    lines = [words.say("fetched", entries=words.entries(report.pulled), own=report.landed)]
    if report.quarantined:
        lines.append(words.say("kept_aside", entries=words.entries(report.quarantined)))
    return lines


def _clock(days: int, words: Words) -> list[str]:
    if not days:
        return []
    number = words.say("days_one") if abs(days) == 1 else words.say("days", number=abs(days))
    return [words.say("clock_ahead", days=number) if days > 0 else words.say("clock_behind", days=number)]


def _named(one: dict[str, Any], words: Words) -> str:
    who = one["name"] or words.say("account", account=one["account"][:8])
    return words.say("not_heard", name=who, days=one["days"])


def _phone(found: Standing, words: Words) -> str:
    if found.may_sign:
        return found.device[:8]
    if found.role:
        return words.say("signs_nothing_link", phone=found.device[:8])
    return words.say("signs_nothing", phone=found.device[:8])


def _role(found: Standing, words: Words) -> str:
    known = {"member": words.say("role_member"), "lead": words.say("role_lead"), "": words.say("left")}
    return known.get(found.role, found.role)


def _rows(found: Standing, words: Words) -> list[tuple[str, str]]:
    """Code of the labels `standing`, and what is said of it."""
    if found.stage == "none":
        return [("programme", words.say("no_programme"))]
    if found.stage != "active":
        return [("programme", words.say("on_the_way_in", stage=found.stage)), ("server", found.address)]
    kept, more = found.kept, len(found.silent) - MOST_SILENT
    conflicts = words.say("conflicts_see", number=found.conflicts) if found.conflicts else "0"
    return [
        ("programme", f"{found.programme_name or words.say('no_settings')} {found.programme[:8]}"),
        ("account", f"{found.account[:8]} ({_role(found, words)})"),
        ("phone", _phone(found, words)),
        ("server", found.address),
        ("last_sync", found.last_sync or words.say("never")),
        ("unsent", words.entries(found.unsent)),
        ("waiting", words.say("signed_one") if found.waiting == 1 else words.say("signed", number=found.waiting)),
        ("quarantined", str(found.quarantined)),
        ("conflicts", conflicts),
        *([("kept", words.say("kept_days", number=kept["contact_days"], days=kept["check_in_days"]))] if kept else []),
        *([("code", words.code("code_state", found.code))] if found.role else []),
        *(("note", words.again(note)) for note in found.notes),
        *(("silent", _named(one, words)) for one in found.silent[:MOST_SILENT]),
        *([("silent", words.say("not_heard_more", number=more))] if more > 0 else []),
    ]
