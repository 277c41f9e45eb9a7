"""Which drive a folder lies on, which are mounted below, and which are a network's, where events come late or never."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.plan.stillness import DriveKind

# As /proc/self/mountinfo names them (proc(5)). What FUSE mounts is mostly a remote folder; fuseblk is a disk (NTFS).
_NETWORK: Final = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "lustre", "beegfs", "gfs2", "ocfs2",
        "glusterfs", "davfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "orangefs", "pvfs2",
    )
)  # fmt: skip


class Mount(NamedTuple):
    """One drive, as it is mounted."""

    number: str
    """Another one each time that something is mounted."""
    point: Path
    kind: str
    source: str


def is_gone(path: Path) -> bool:
    """Tell whether nothing has that name, or a link leads nowhere; a drive that does not answer has not said so."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def drive_of(folder: Path) -> tuple[str, DriveKind]:
    """Return a name for the drive that a folder lies on, which it keeps after a restart, and of which kind it is."""
    place = folder.resolve()
    lines = _mount_lines()
    if lines is None:  # its number, which may change
        return f"device {place.stat().st_dev}", "local"
    return drive_among(lines, place)


def drive_among(lines: Sequence[str], place: Path) -> tuple[str, DriveKind]:
    """Return the same from the lines that Linux has about what is mounted (proc(5), mountinfo)."""
    mount, _ = mounts_among(lines, place)
    is_network = mount.kind in _NETWORK or (mount.kind.startswith("fuse") and mount.kind != "fuseblk")
    return f"{mount.point} ({mount.kind}, {mount.source})", "network" if is_network else "local"


def mounts_around(place: Path) -> tuple[Mount, Mapping[str, Mount]]:
    """Return the drive that a folder lies on, and those mounted below it by where, without asking any of them.

    The folder's path has no links in it.
    """
    lines = _mount_lines()
    if lines is None:  # what is mounted below is not known
        return Mount("", next(one for one in (place, *place.parents) if os.path.ismount(one)), "", ""), {}
    return mounts_among(lines, place)


def mount_number(place: Path) -> str:
    """Return the number of the mount that a folder lies on, without asking that; '' where the system does not say.

    The folder's path has no links in it.
    """
    lines = _mount_lines()
    return "" if lines is None else mounts_among(lines, place)[0].number


def mounts_among(lines: Sequence[str], place: Path) -> tuple[Mount, Mapping[str, Mount]]:
    """Return the same from the lines that Linux has about what is mounted."""
    mounts = [mount for line in lines if (mount := _mount(line)) is not None]
    below = {
        one.point.relative_to(place).as_posix(): one
        for one in mounts
        if one.point != place and one.point.is_relative_to(place)
    }
    return _nearest(mounts, place), below


def _mount_lines() -> Sequence[str] | None:
    """Return what is mounted, as Linux says it; None on other systems."""
    try:
        return Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None


def _nearest(mounts: Sequence[Mount], place: Path) -> Mount:
    above = [mount for mount in mounts if place.is_relative_to(mount.point)]
    # Of several on one point, the last is the one that is seen.
    return max(reversed(above), key=lambda mount: len(mount.point.parts), default=Mount("", Path("/"), "", ""))


def _mount(line: str) -> Mount | None:
    before, separator, after = line.partition(" - ")
    told, kinds = before.split(" "), after.split(" ")
    if not separator or len(told) < 5 or len(kinds) < 2:
        return None
    return Mount(told[0], Path(_unescaped(told[4])), kinds[0], _unescaped(kinds[1]))


def _unescaped(text: str) -> str:
    """Return a name as it is: blanks, tabs, line ends and backslashes are written as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
