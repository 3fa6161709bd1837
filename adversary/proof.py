"""What clients can prove of a server: the halves of evidence that their phones write, joined by twos."""

from itertools import combinations_with_replacement

import orjson

from adversary.scene import OWNERS, Scene, SceneBroken
from cli.errors import Usage
from cli.half_file import half_from_json
from sync.evidence import Unproven
from sync.half import Half, join


async def proven(scene: Scene) -> list[str]:
    """What was proven, a sentence for each pair of phones, those that prove it alone first."""
    halves = {name: half for name in scene.clients if name in OWNERS and (half := await half_of(scene, name))}
    found = list[str]()
    for one, other in sorted(combinations_with_replacement(halves, 2), key=lambda pair: pair[0] != pair[1]):
        try:
            verdict = join(halves[one], halves[other]).verdict
        except Unproven:
            # Phones that were led into two programmes have nothing in common.
            continue
        if verdict is not None and verdict.outcome == "proven" and verdict.contradiction is not None:
            who = f"what {one} was told proves" if one == other else f"what {one} and {other} were told, joined, proves"
            found.append(f"{who} two histories of {verdict.log} ({verdict.contradiction.kind})")
    return found


async def half_of(scene: Scene, name: str) -> Half | None:
    """What a phone was told; None of one that has not arrived anywhere, or whose client writes no halves."""
    said = await scene.client(name).do("half")
    if said.error:
        return None
    try:
        return half_from_json(orjson.dumps(said.ok.get("half")), f"the half of {name}")
    except Usage as wrong:
        raise SceneBroken(str(wrong)) from None
