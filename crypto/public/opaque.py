"""Base of everything that holds a secret: nothing of it is printed, logged or pickled."""

from typing import Never


class Opaque:
    """Has neither a telling `repr` nor a `__dict__`, and refuses `pickle`, `copy` and `deepcopy`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(f"{type(self).__name__} holds a secret and cannot be pickled or copied")
