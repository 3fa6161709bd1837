"""Bugs planted in slips; see `bugs`."""

import os
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from crypto.secret.slip import Slip
from device import slips
from device.failures import OWN
from device.view import View
from simulation.telling import SAME

RATHER = ("fail-a-number", "publish-resource", "days")
"""A lead's phone asks once a day."""
LATEST = "2999-12-31"
"""It was checked on no later day."""


def each_slip_is_a_new_note() -> AbstractContextManager[object]:
    """What is told again each day is noted again each day."""
    opened = slips._opened

    def anew(*arguments: Any) -> Any:
        slip = opened(*arguments)
        return None if slip is None else replace(slip, report=os.urandom(16))

    return patch.object(slips, "_opened", anew)


def what_is_kept_back_is_told() -> AbstractContextManager[object]:
    """The owner's own sign stands for the one that they did not give."""
    drawn = slips._drawn

    def talkative(engine: Any) -> Any:
        for note in View(engine.vault, engine.identity).records("personal", OWN):
            resource, failure, number = (note.fields.get(name) for name in SAME)
            if "report" not in note.fields and isinstance(resource, bytes):
                return Slip(note.id, resource, str(failure), str(number), LATEST)
        return drawn(engine)

    return patch.object(slips, "_drawn", talkative)
