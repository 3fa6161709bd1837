"""The server, in one command."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from cli.command import register
from cli.errors import Refusal, Usage
from cli.terminal import Terminal

if TYPE_CHECKING:
    from api.settings import Settings

# Text, since an empty path would be the directory where the command is typed.
Data = Annotated[
    str | None,
    typer.Option(metavar="PATH", help="Directory of the server key and the database. Env: HALLWAY_DATA."),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="Database file, if not in the data directory; or postgresql://user@host/name. A password is better put in"
        " HALLWAY_DATABASE, where other users of the machine do not see it."
    ),
]
Address = Annotated[
    str | None, typer.Option(help="Public origin, exactly as phones type it, such as https://hallway.example.")
]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ELSEWHERE = "Phones will not find it there: give the --address that they use, also to `hallway operator token`."

app = typer.Typer(add_completion=False, help="Run the server.")


def serve(
    terminal: Terminal,
    data: Data = None,
    database: Database = None,
    address: Address = None,
    host: Annotated[str | None, typer.Option(help="Interface to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65_535)] = None,
) -> None:
    """Run the server until it is stopped; the database is made or brought up to date first.

    What is not given is taken from HALLWAY_DATA, HALLWAY_DATABASE, HALLWAY_ADDRESS, HALLWAY_HOST and HALLWAY_PORT.
    """
    from api.server import run

    settings = settings_of(data=data, database=database, address=address, host=host, port=port)
    where = f"http://{settings.host}:{settings.port}"

    def listening() -> None:
        terminal.show(
            {"listening": where, "address": settings.address, "database": str(settings.place)},
            f"Listening on {where} for {settings.address}; Ctrl-C stops. Database: {settings.place}",
            *([ELSEWHERE] if is_elsewhere(settings) else []),
        )

    try:
        run(settings, listening)
    except SystemExit:
        # So uvicorn ends when it cannot bind.
        raise Refusal(
            "address-in-use",
            f"{settings.host}:{settings.port} cannot be listened on",
            "Stop what listens there, or choose another --port.",
        ) from None


def is_elsewhere(settings: "Settings") -> bool:
    """Whether phones are sent to another port of this very machine: --port was given, and --address forgotten."""
    address = urlsplit(settings.address)
    return address.hostname in LOOPBACK and settings.host in LOOPBACK and address.port != settings.port


def settings_of(**given: str | int | None) -> "Settings":
    """Settings of flags, then of the environment; the data directory is made. Raises Usage."""
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}" for each in error.errors()
        )
        raise Usage(wrong, "See `hallway serve --help`.") from None
    for folder in (settings.data, settings.database_path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings


def served(settings: "Settings") -> "Settings":
    """The settings of a server that was started once. Raises Refusal.

    In a mistyped directory key and database would be made anew: its tickets found nothing, and nothing of it heals.
    """
    if not settings.key_path.exists():
        raise Refusal(
            "no-server",
            f"there is no {settings.key_path}",
            "Give --data as the server has it. `hallway serve` makes the key when it first starts.",
        )
    return settings


register(app, {"serve": serve})
