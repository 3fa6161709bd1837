"""How much one has carried lately, for oneself."""

from cli.handset import Handset
from cli.terminal import table


def load(handset: Handset) -> None:
    """Show what you carried in the last four weeks."""
    from device.load import load as carried

    with handset.records() as records:
        found, words = carried(records.list(), records.today(), records.programme()), handset.words(records)
        document = {
            "weeks": [
                {
                    "first": week.first.isoformat(),
                    "contacts": week.contacts,
                    "half_hours": week.half_hours,
                    "red": week.red,
                    "shifts": week.shifts,
                }
                for week in found.weeks
            ],
            "hints": list(found.hints),
        }
        rows = [
            (week.first.isoformat(), str(week.contacts), f"{week.half_hours / 2:g}", str(week.red), str(week.shifts))
            for week in found.weeks
        ]
        shown = table(words.columns("week", "contacts", "half_hours", "red", "shifts"), rows)
        handset.show(document, shown, *(words.code("load_hint", hint) for hint in found.hints))
