"""All that can happen, by name, and how often. A new ceremony of the product is a new row here."""

from simulation.operations import (
    ceremony,
    coming,
    counting,
    departing,
    erasing,
    everyday,
    governing,
    restoring,
    trouble,
    witnessing,
    writing,
)
from simulation.operations.operation import Act, Nothing, Operation

OPERATIONS: dict[str, Operation] = {
    # What a person writes, online or not.
    "log": Operation(writing.log, 10),
    "edit": Operation(writing.edit, 16),
    "delete": Operation(writing.delete, 1.5),
    "resolve": Operation(writing.resolve, 5),
    "publish-resource": Operation(writing.publish_resource, 1.5, of="lead"),
    "edit-resource": Operation(writing.edit_resource, 4, of="lead"),
    "fail-a-number": Operation(writing.fail_number, 2, followed_by=("sync",)),
    "check-resource": Operation(writing.check_resource, 0.5, of="lead"),
    # Every day.
    "sync": Operation(everyday.sync, 22),
    "look": Operation(everyday.look, 4),
    "tick": Operation(everyday.tick, 4),
    "hours": Operation(everyday.hours, 4),
    "days": Operation(everyday.days, 2),
    "weeks": Operation(everyday.weeks, 0.6),
    "season": Operation(everyday.season, 0.15),
    "clock": Operation(everyday.clock, 2),
    "witness": Operation(witnessing.witness, 1),
    "compare": Operation(witnessing.compare, 1.5),
    # Coming in.
    "invite": Operation(coming.invite, 1.2, of="lead", grows=True, followed_by=("arrive",)),
    "invite-many": Operation(
        coming.invite_many, 0.5, of="lead", grows=True, followed_by=("arrive", "arrive", "arrive")
    ),
    "invite-lead": Operation(coming.invite_lead, 0.3, of="lead", grows=True, followed_by=("arrive",)),
    "link": Operation(coming.link, 1.5, grows=True, followed_by=("arrive",)),
    "arrive": Operation(coming.arrive, 0.2, arrives=True),
    "recover": Operation(coming.recover, 0.8, arrives=True, followed_by=("revoke-others", "renew", "confirm")),
    "try-another": Operation(coming.try_another, 0.7),
    "relink": Operation(coming.relink, 1, of="backed-up"),
    # Ceremonies.
    "rotate-personal": Operation(ceremony.rotate_personal, 3),
    "rotate-commons": Operation(ceremony.rotate_commons, 2, of="lead"),
    "rotate-leads": Operation(ceremony.rotate_leads, 0.7, of="lead"),
    "new-code": Operation(ceremony.new_code, 0.8, followed_by=("confirm",)),
    "renew": Operation(ceremony.renew, 0.5, followed_by=("confirm",)),
    "confirm": Operation(ceremony.confirm, 0.5),
    "close-invite": Operation(ceremony.close_invite, 0.7, of="lead"),
    "policy": Operation(ceremony.set_policy, 0.4, of="lead"),
    "update": Operation(governing.update, 0.3, followed_by=("sync", "raise-rules")),
    "update-all": Operation(governing.update_all, 0.15, followed_by=("sync",)),
    "raise-rules": Operation(governing.raise_rules, 0.5),
    "organisation": Operation(governing.say_who_runs_it, 0.3, of="lead"),
    "move-server": Operation(governing.say_where_it_moves, 0.1, of="lead", followed_by=("sync", "moved", "sync")),
    "moved": Operation(governing.move, 0.1),
    "be-told": Operation(governing.be_told, 0.2),
    # Phones and people who go. Who removes somebody mostly invites another.
    "revoke": Operation(departing.revoke, 0.7, followed_by=("sync",)),
    "revoke-others": Operation(departing.revoke_others, 0.3),
    "steal": Operation(
        departing.steal, 0.8, of="pair", followed_by=("thieve", "sync", "thieve", "arrive", "thieve", "report-theft")
    ),
    "thieve": Operation(departing.thieve, 3, of="thief"),
    "report-theft": Operation(departing.report_theft, 2, of="victim", followed_by=("sync",)),
    "come-back": Operation(coming.relink, 2, of="pair", followed_by=("sync",)),
    "remove": Operation(departing.remove, 0.3, of="lead", followed_by=("invite-lead", "arrive")),
    "leave": Operation(departing.leave, 0.15),
    # What is erased.
    "erase-now": Operation(erasing.erase_now, 0.8, followed_by=("sync",)),
    "withdraw": Operation(erasing.withdraw, 1.5),
    # Statistics, in a programme that is large enough.
    "until": Operation(counting.until, 0),
    "open-period": Operation(counting.open_period, 0, of="lead"),
    "aggregate": Operation(counting.aggregate, 0, of="lead"),
    "close-period": Operation(counting.close, 0, of="lead"),
    "release": Operation(counting.release, 0, of="lead"),
    # What goes wrong between operations; what goes wrong within one is a fault of its event.
    "restart": Operation(trouble.restart, 2),
    "server-restart": Operation(trouble.server_restart, 1),
    "back-up": Operation(trouble.back_up, 2.5),
    "restore": Operation(trouble.restore, 1.5, of="backed-up", followed_by=("sync", "relink", "sync")),
    "lose": Operation(trouble.lose, 0.2),
    "server-back-up": Operation(trouble.server_back_up, 1, of="pair", followed_by=("edit", "sync")),
    "server-restore": Operation(restoring.server_restore, 1, of="kept", followed_by=("edit", "sync", "declare")),
    "declare": Operation(restoring.declare, 0.7, of="declarer"),
}

__all__ = ["OPERATIONS", "Act", "Nothing", "Operation"]
