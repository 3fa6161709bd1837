"""A phone run from a terminal: its two directories, its passcode, its language."""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.asking import STDIN, ask, new_private_file, read_secret
from cli.errors import Refusal
from cli.places import locale_of, places
from cli.terminal import SHARED, Terminal, count
from cli.values import Words

if TYPE_CHECKING:
    from device.handles import Handles
    from device.phone import Phone
    from device.records import Records

Result = TypeVar("Result")

NOTICE = (
    "This phone keeps its key in a file, so it is for trying and for automation: whoever reads both directories and"
    " knows the five words reads everything."
)


@dataclass(frozen=True)
class Handset(Terminal):
    """The options of every command on a phone."""

    home: Annotated[
        Path | None,
        typer.Option(envvar="HALLWAY_HOME", help="Directory of the phone's database.", rich_help_panel=SHARED),
    ] = None
    state: Annotated[
        Path | None,
        typer.Option(
            envvar="HALLWAY_STATE", help="Directory of its keystore; back it up never.", rich_help_panel=SHARED
        ),
    ] = None
    passcode_file: Annotated[
        Path | None,
        typer.Option(
            envvar="HALLWAY_PASSCODE_FILE",
            help="File with the five words, - for standard input.",
            rich_help_panel=SHARED,
        ),
    ] = None
    lang: Annotated[
        str | None, typer.Option(help="Language of labels (en, it); else that of LANG.", rich_help_panel=SHARED)
    ] = None

    @property
    def places(self) -> tuple[Path, Path]:
        """Directory of the database, directory of the keystore."""
        return places(self.home, self.state, os.environ)

    @property
    def language(self) -> str:
        return self.lang or locale_of(os.environ) or "en"

    def words(self, records: "Records") -> Words:
        return Words(self.language, records.programme())

    @contextmanager
    def records(self) -> "Iterator[Records]":
        """The records of this phone, without anything that knows a network."""
        from device.records import Records
        from device.vault import Vault

        home, state = self._existing()
        with Vault.open(home, state, self._passcode(), os.urandom) as vault:
            records = Records(vault, today, os.urandom)
            # Before anything is shown, whatever the command.
            self.handles(records).sweep(records.view)
            yield records

    @staticmethod
    def handles(records: "Records") -> "Handles":
        """The nicknames on this phone."""
        from device.handles import Handles

        return Handles(records.vault, time.time, os.urandom)

    def run(self, work: "Callable[[Phone], Awaitable[Result]]", *, arrived: bool = True) -> Result:
        """Do `work` with this phone, which has `arrived` in a programme unless that does not matter."""
        return self._with(self._arrived if arrived else self._open, work)

    def come(self, work: "Callable[[Phone], Awaitable[Result]]") -> Result:
        """Do `work` with this phone, or with a new one if there is none here."""
        from device.vault import DATABASE

        home, _ = self.places
        return self._with(self._open if (home / DATABASE).exists() else self._create, work)

    def written(self, records: "Records", document: dict[str, Any], done: str) -> None:
        """Say what was written, and how much has not left this phone."""
        number = records.unsent()
        self.show({**document, "unsent": number}, done, only_here(number))

    def _with(self, opened: "Callable[[], Phone]", work: "Callable[[Phone], Awaitable[Result]]") -> Result:
        import asyncio

        async def whole() -> Result:
            phone = opened()
            try:
                return await work(phone)
            finally:
                await phone.close()

        return asyncio.run(whole())

    def _open(self) -> "Phone":
        from device.phone import Phone

        return Phone.open(*self._existing(), self._passcode())

    def _arrived(self) -> "Phone":
        from device.records import NotJoined

        phone = self._open()
        stage = phone.identity.stage if phone.identity else ""
        if stage == "active":
            return phone
        phone.vault.close()
        if not stage:
            raise NotJoined("this phone belongs to no programme yet")
        raise Refusal("on-the-way", "this phone is still on its way in", "Give the command that brought it here again.")

    def _existing(self) -> tuple[Path, Path]:
        from device.vault import DATABASE, NotHere

        home, state = self.places
        if not (home / DATABASE).exists():
            raise NotHere(f"there is no phone in {home}")
        return home, state

    def _passcode(self) -> str:
        return read_secret("Passcode (five words)", self.passcode_file, "--passcode-file")

    def _create(self) -> "Phone":
        from device.keystore import KEY_FILE
        from device.phone import Phone

        home, state = self.places
        if (state / KEY_FILE).exists():
            # A new key in its place would take the other phone's database with it.
            raise Refusal(
                "keystore-taken",
                f"{state} holds the key of another phone",
                "Give --state a new directory, or delete this one if that phone is gone.",
            )
        phone = Phone.create(home, state, self._new_passcode())
        self.remark(NOTICE)
        return phone

    def _new_passcode(self) -> str:
        """Five words: of the file, offered ones that were taken, or the person's own."""
        from crypto.secret.local import new_passcode_words

        offered = new_passcode_words(os.urandom)
        if self.passcode_file is None and sys.stdin.isatty():
            # Also with --json: words that nobody saw would lock the phone for ever.
            either = "Write these down, or type five others that dice or a program chose"
            sys.stderr.write(f"Five words open this phone. {either}:\n  {offered}\n")
            return ask("Enter to take these, or the others", "--passcode-file", hidden=True) or offered
        if self.passcode_file not in (None, STDIN) and not self.passcode_file.exists():
            with new_private_file(self.passcode_file) as file:
                file.write(offered + "\n")
            self.remark(f"Five new words, which open this phone, are in {self.passcode_file}.")
            return offered
        return self._passcode()


def today() -> date:
    """The owner's own calendar day."""
    return datetime.now(UTC).astimezone().date()


def only_here(number: int) -> str:
    """How much would be lost with this phone."""
    return f"{kept_here(number)} Send with `hallway phone sync`." if number else "Everything is on the server."


def kept_here(number: int) -> str:
    return f"{count(number, 'entry', 'entries')} only on this phone."
