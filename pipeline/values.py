"""Values that are looked up again and again, and work out their hash once: those of exact numbers take long."""

from __future__ import annotations

from typing import Any, Final, TypeVar

_Value = TypeVar("_Value")
_KEPT: Final = "_hash"


def hashed_once(kind: type[_Value]) -> type[_Value]:
    """Have values of a frozen dataclass keep their hash once it was asked for.

    What other processes are handed is without it: text has another hash in each.
    """
    work_out: Any = kind.__hash__

    def kept(self: Any) -> int:
        found: int | None = self._hash
        if found is None:
            object.__setattr__(self, _KEPT, found := work_out(self))
        return found

    def handed(self: Any) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != _KEPT}

    setattr(kind, _KEPT, None)
    kind.__hash__ = kept  # type: ignore[method-assign]
    kind.__getstate__ = handed  # type: ignore[method-assign]
    return kind
