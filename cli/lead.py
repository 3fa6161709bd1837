"""`hallway lead`: what the lead of a programme does. A lead's phone is a phone: `hallway phone` works on it, too."""

import typer

from cli.command import register
from cli.lead_directory import directory
from cli.lead_found import configure, found
from cli.lead_invites import close, invite, invites, members
from cli.lead_remove import remove
from cli.lead_restored import restored
from cli.lead_server import server
from cli.lead_stats import stats
from cli.phone_sync import status

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Found a programme, invite its supporters, keep its directory."
)


@app.callback()
def lead() -> None:
    """Found a programme, invite its supporters, keep its directory."""


app.add_typer(directory, name="directory")
app.add_typer(stats, name="stats")
register(
    app,
    {
        "found": found,
        "configure": configure,
        "invite": invite,
        "invites": invites,
        "close": close,
        "members": members,
        "remove": remove,
        "restored": restored,
        "server": server,
        "status": status,
    },
)
