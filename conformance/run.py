"""A client judged by all vectors and all ceremonies, or by some lists of them."""

from collections.abc import Callable, Collection, Sequence

from conformance.cases import Vectors
from conformance.ceremonies.play import NAMES, play
from conformance.client import PATIENCE, Client
from conformance.hearing import Hearing, Tally
from conformance.report import CEREMONY


class NoSuchList(Exception):
    """A list was asked for that there is not."""


async def run(
    command: Sequence[str],
    *,
    only: Collection[str] = (),
    patience: float = PATIENCE,
    heard: Callable[[Tally], None] = lambda _: None,
) -> Hearing:
    """Raises NoVectors, NoSuchList, NotStarted, StoryBroken."""
    vectors, hearing = Vectors(), Hearing(Client(command, patience), heard)
    lists = chosen(vectors.names(), only)
    try:
        for name in lists:
            if not name.startswith(CEREMONY):
                await hearing.hear(name, vectors.cases(name))
        ceremonies = [name for name in lists if name in NAMES]
        if ceremonies:
            await play(hearing, ceremonies)
    finally:
        await hearing.client.stop()
    return hearing


def chosen(vectors: Sequence[str], only: Collection[str]) -> list[str]:
    """The lists to ask; a ceremony may be named without the word. Raises NoSuchList."""
    every = [*vectors, *NAMES]
    if not only:
        return every
    wanted = {CEREMONY + name if CEREMONY + name in NAMES else name for name in only}
    if unknown := wanted - set(every):
        raise NoSuchList(f"there is no list {', '.join(sorted(unknown))}; there are: {', '.join(every)}")
    return [name for name in every if name in wanted]
