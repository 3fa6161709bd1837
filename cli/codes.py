"""From what a person typed to a code of a list, or to the list with the likeliest one in front."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from cli.errors import Usage
from schemas.records import Sentence


def pick(option: str, typed: str, choices: Mapping[str, str]) -> str:
    """The code meant; `choices`: code -> label. Case is ignored, and hyphens stand for underscores. Raises Usage."""
    wanted = typed.strip().lower().replace("-", "_")
    # Weekdays are written in capitals.
    found = next((code for code in choices if code.lower() == wanted), None)
    if found is not None:
        return found
    likeliest = nearest(wanted, choices)
    said = (
        Sentence("use_code_near", option=option, typed=typed, nearest=likeliest, codes=listing(choices))
        if likeliest
        else Sentence("use_code", option=option, typed=typed, codes=listing(choices))
    )
    raise Usage(
        said,
        Sentence("use_codes"),
        "unknown-code",
        option=option,
        nearest=likeliest,
        codes=dict(choices),
    )


def nearest(wanted: str, choices: Mapping[str, str]) -> str | None:
    """The code that looks most like `wanted`, by itself, by a part of it, or by its label."""
    if not wanted:
        return None
    parts = [code for code in choices if wanted in code.split("_") or code.startswith(wanted)]
    if parts:
        return parts[0]
    labels = {label.lower().replace(" ", "_"): code for code, label in choices.items()}
    known: Sequence[str] = [*choices, *labels]
    close = get_close_matches(wanted, known, n=1, cutoff=0.5)
    return labels.get(close[0], close[0]) if close else None


def listing(choices: Mapping[str, str]) -> str:
    """The codes with their labels, a line each."""
    width = max((len(code) for code in choices), default=0)
    return "\n".join(f"  {code:<{width}}  {label}" for code, label in choices.items())
