"""All that can happen, by name, and how often. A new ceremony of the product is a new row here."""

from simulation.operations import ceremony, coming, everyday, trouble, writing
from simulation.operations.operation import Act, Nothing, Operation

OPERATIONS: dict[str, Operation] = {
    # What a person writes, online or not.
    "log": Operation(writing.log, 14),
    "edit": Operation(writing.edit, 10),
    "delete": Operation(writing.delete, 2),
    "resolve": Operation(writing.resolve, 5),
    "publish-resource": Operation(writing.publish_resource, 2),
    "edit-resource": Operation(writing.edit_resource, 4),
    # Every day.
    "sync": Operation(everyday.sync, 22),
    "look": Operation(everyday.look, 6),
    "tick": Operation(everyday.tick, 5),
    "hours": Operation(everyday.hours, 6),
    "days": Operation(everyday.days, 3),
    "weeks": Operation(everyday.weeks, 0.7),
    "clock": Operation(everyday.clock, 2),
    # Coming in.
    "invite": Operation(coming.invite, 1.5, followed_by=("arrive",)),
    "invite-many": Operation(coming.invite_many, 0.7, followed_by=("arrive", "arrive", "arrive")),
    "invite-lead": Operation(coming.invite_lead, 0.4, followed_by=("arrive",)),
    "link": Operation(coming.link, 1.5, followed_by=("arrive",)),
    "arrive": Operation(coming.arrive, 0.7, arrives=True),
    "recover": Operation(coming.recover, 0.8, arrives=True, followed_by=("renew",)),
    "try-another": Operation(coming.try_another, 0.7),
    "relink": Operation(coming.relink, 2),
    # Ceremonies.
    "rotate-personal": Operation(ceremony.rotate_personal, 3),
    "rotate-commons": Operation(ceremony.rotate_commons, 2),
    "rotate-leads": Operation(ceremony.rotate_leads, 0.7),
    "new-code": Operation(ceremony.new_code, 0.7),
    "renew": Operation(ceremony.renew, 0.5),
    "confirm": Operation(ceremony.confirm, 1),
    "close-invite": Operation(ceremony.close_invite, 0.7),
    "policy": Operation(ceremony.set_policy, 0.4),
    # What goes wrong between operations; what goes wrong within one is a fault of its event.
    "restart": Operation(trouble.restart, 2),
    "server-restart": Operation(trouble.server_restart, 1),
    "back-up": Operation(trouble.back_up, 2.5),
    "restore": Operation(trouble.restore, 1),
    "lose": Operation(trouble.lose, 0.3),
    "server-back-up": Operation(trouble.server_back_up, 0.5),
}

__all__ = ["OPERATIONS", "Act", "Nothing", "Operation"]
