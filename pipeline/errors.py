"""Every exception that Matinee raises on purpose, and the exit code that each one means.

The code says who can mend it. 2 is for whoever runs Matinee: what they gave, or what of their machine is in the way (a
disk that is full, read-only or gone, permissions, a limit, a server that does not answer, another run). The message
says what, where and what to do, and then the same command goes on where it was. 1 is for us, or for nobody knows whom.

    PipelineError                 1  a fault of ours unless a subclass says otherwise
    ├── InputError                2  the user's input; the message says what, where, what is allowed, what to do
    │   ├── PresetError              a preset file: field, value, what is allowed
    │   ├── MasterError              a master that cannot be used, with its path
    │   │   └── MasterOutOfReach     its drive does not answer, which says nothing of the film (Transient)
    │   ├── ProjectError             people's files (film.toml, edits, framing, captions): wrong, or changed meanwhile
    │   └── PlanError                a request that cannot be met (too short, unknown platform, no common picture)
    ├── FfmpegFailed              1  argv ready to paste, exit code, last lines of stderr
    ├── VerifyFailed              1  an output that differs from its plan: every difference, as expected and found
    ├── StoreError                2  the store and the ledger in it: a disk, permissions, another run that has them
    └── PublishError              2  putting outputs where people or a CDN look for them: a disk, a server, a name taken

`Transient` is mixed into an error that a retry may cure.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any


class PipelineError(Exception):
    """Carry a finished sentence in `message`, what to do about it in `remedy`, and data in named fields."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders in Prefect; the default would drop the keyword arguments.
        return rebuild, (type(self), self.message, self.remedy, self.data)


def rebuild(kind: type[PipelineError], message: str, remedy: str | None, data: dict[str, Any]) -> PipelineError:
    """Return the error of a kind that was raised in another process, from what it carried."""
    error = kind.__new__(kind)
    PipelineError.__init__(error, message, remedy=remedy, **data)
    return error


class Transient(Exception):  # noqa: N818 - says what happened
    """Mark an error that may go away by itself."""


class InputError(PipelineError):
    """Something that the user gave cannot be used."""

    exit_code = 2


class PresetError(InputError):
    """A preset is wrong; `data` holds path, field, value and allowed where they are known."""


class MasterError(InputError):
    """A master cannot be used; `data["path"]` names it."""

    @classmethod
    def of(cls, path: Path, reason: str, *, remedy: str | None = None) -> MasterError:
        """Return the error whose sentence starts with the file's name."""
        return cls(f"{path}: {reason}", remedy=remedy, path=str(path))


class MasterOutOfReach(MasterError, Transient):  # noqa: N818 - says what happened
    """The system does not read a master to its end; it says nothing of the film, and may do so again later."""


class ProjectError(InputError):
    """A person's file (film.toml, NAME.edit.json) cannot be read or was changed meanwhile."""


class PlanError(InputError):
    """What was asked for cannot be planned."""


class FfmpegFailed(PipelineError):  # noqa: N818 - says what happened
    """ffmpeg ended badly; the command can be pasted into a shell as it stands."""

    @classmethod
    def of(
        cls,
        argv: tuple[str, ...],
        *,
        exit_code: int | None,
        stderr_tail: str,
        reason: str,
        remedy: str | None = None,
    ) -> FfmpegFailed:
        """Return the error for a finished or killed process; `exit_code` None means that we killed it."""
        lines = stderr_tail.strip() or "(ffmpeg said nothing)"
        return cls(
            f"ffmpeg failed: {reason}.\n  command: {shlex.join(argv)}\n  {lines}",
            remedy=remedy,
            argv=list(argv),
            ffmpeg_exit_code=exit_code,
            stderr_tail=stderr_tail,
        )


class FfmpegStalled(FfmpegFailed, Transient):
    """ffmpeg made no progress for so long that it was killed."""


class VerifyFailed(PipelineError):  # noqa: N818 - says what happened
    """An output is not what its plan says; `data["differences"]` lists (what, expected, found)."""

    @classmethod
    def of(cls, name: str, differences: tuple[tuple[str, str, str], ...]) -> VerifyFailed:
        """Return the error that lists every difference, not only the first."""
        told = "; ".join(f"{what} should be {expected} but is {found}" for what, expected, found in differences)
        return cls(f"{name} was made but is not what was planned: {told}.", differences=[list(d) for d in differences])


class StoreError(PipelineError):
    """The store cannot hold or give back an artifact."""

    exit_code = 2


class PublishError(PipelineError):
    """An output could not be put in its place."""

    exit_code = 2
