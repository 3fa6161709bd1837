"""The one exception of the protocol: something was refused, and nothing changed."""

from collections.abc import Mapping


class Refused(Exception):
    """An entry, statement or request that the protocol refuses.

    `problem` is a name of docs/protocol/8-problems.md, `detail` one sentence for a developer, `members` the
    extension members of the problem document (integers, text or bytes).
    """

    def __init__(self, problem: str, detail: str, **members: object) -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem = problem
        self.detail = detail
        self.members: Mapping[str, object] = members
