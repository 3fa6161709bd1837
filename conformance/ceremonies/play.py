"""All ceremonies, one list each."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.ceremonies.questions import Chapter
from conformance.ceremonies.story import Story, Told
from conformance.ceremonies.writing import NAME, write
from conformance.hearing import Hearing
from conformance.report import CEREMONY
from conformance.wire import listening

Tell = Callable[[Story], Awaitable[Told]]

CHAPTERS: dict[str, Tell] = {
    tell.__name__: tell
    for tell in (
        Story.founding,
        Story.joining,
        Story.logging,
        Story.linking,
        Story.conflict,
        Story.revoking,
        Story.recovering,
        Story.rotating,
        Story.witnessing,
        Story.erasing,
        Story.removing,
    )
}
NAMES = [NAME, *(CEREMONY + name for name in CHAPTERS)]


async def play(hearing: Hearing, only: list[str]) -> None:
    """Tell the story to the last of the ceremonies in `only`, and put what is asked about these to the client.

    Raises StoryBroken, NotStarted.
    """
    left = set(only)
    with TemporaryDirectory() as folder:
        start = time.time()
        story: Story | None = None
        async with listening(Path(folder) / "server", lambda: story.now if story else start) as (here, recorder):
            story = Story(Path(folder), here, recorder, start)
            try:
                for name, tell in CHAPTERS.items():
                    if not left:
                        break
                    if tell is Story.revoking:
                        story.next_chapter()
                        await story.losing()
                        if NAME not in only or not await write(hearing, story):
                            await story.thieving()
                        story.listen()
                        left.discard(NAME)
                    story.next_chapter()
                    told = await tell(story)
                    story.listen()
                    if CEREMONY + name in left:
                        left.remove(CEREMONY + name)
                        await hearing.hear(CEREMONY + name, Chapter(CEREMONY + name, story, told).cases())
            finally:
                await story.close()
