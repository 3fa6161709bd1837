"""Bugs planted in statistics; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from device.statistics import receipts, reporting
from device.statistics.reported import COUNTED, done_for
from store.mailbox import release

RATHER = ("open-period",)


def the_noise_is_left_out() -> AbstractContextManager[object]:
    """The server releases its sum as it is."""
    return patch.object(release, "noised", lambda total, *_: total)


def all_are_told_that_they_count() -> AbstractContextManager[object]:
    """Who is not in the list, too."""
    return patch.object(receipts, "LEFT_OUT", COUNTED)


def what_was_counted_counts_again() -> AbstractContextManager[object]:
    """The next report remembers earlier periods, and not what was reported for them."""

    def forgetful(*arguments: Any) -> dict[int, tuple[bytes, ...]]:
        return dict.fromkeys(done_for(*arguments), ())

    return patch.object(reporting, "done_for", forgetful)
