"""Random bytes that a seed decides. HPKE draws its own from its library: nothing that happens depends on those."""

from random import Random

from crypto.public.randomness import Randomness


def seeded(*parts: object) -> Randomness:
    """Bytes that differ for different `parts` and are the same for the same ones."""
    return Random("|".join(map(str, parts))).randbytes
