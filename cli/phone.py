"""`hallway phone`: a supporter's phone in a terminal."""

import typer

from cli.command import register
from cli.phone_address import address
from cli.phone_checkin import checkin, trend
from cli.phone_code import code
from cli.phone_compare import compare
from cli.phone_conflicts import conflicts, resolve
from cli.phone_devices import devices, leave, revoke
from cli.phone_due import due
from cli.phone_erasures import erase, erasures
from cli.phone_evidence import evidence
from cli.phone_export import export, import_file
from cli.phone_failed import failed
from cli.phone_find import crisis, find
from cli.phone_handle import handle
from cli.phone_join import join, link, recover
from cli.phone_load import load
from cli.phone_log import delete, edit, log
from cli.phone_own import availability, plan, shift, supervision, training
from cli.phone_show import list_records, show
from cli.phone_stats import aggregate, stats
from cli.phone_sync import status, sync

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="A supporter's phone: log, look up and sync. Works without a network.",
)


@app.callback()
def phone() -> None:
    """A supporter's phone: log, look up and sync. Works without a network."""


register(
    app,
    {
        "join": join,
        "link": link,
        "recover": recover,
        "code": code,
        "devices": devices,
        "revoke": revoke,
        "leave": leave,
        "log": log,
        "edit": edit,
        "delete": delete,
        "checkin": checkin,
        "trend": trend,
        "training": training,
        "supervision": supervision,
        "shift": shift,
        "availability": availability,
        "plan": plan,
        "due": due,
        "handle": handle,
        "load": load,
        "find": find,
        "failed": failed,
        "crisis": crisis,
        "list": list_records,
        "show": show,
        "conflicts": conflicts,
        "resolve": resolve,
        "sync": sync,
        "address": address,
        "status": status,
        "compare": compare,
        "erasures": erasures,
        "erase": erase,
        "export": export,
        "import": import_file,
        "evidence": evidence,
        "stats": stats,
        "aggregate": aggregate,
    },
)
