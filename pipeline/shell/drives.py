"""Which drive a folder lies on, whether it is there, and whether it is a network's, where events come late or never."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pipeline.plan.stillness import DriveKind

# As /proc/self/mountinfo names them (proc(5)). What FUSE mounts is mostly a remote folder; fuseblk is a disk (NTFS).
_NETWORK: Final = frozenset(
    (
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "lustre", "beegfs", "gfs2", "ocfs2",
        "glusterfs", "davfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "orangefs", "pvfs2",
    )
)  # fmt: skip


class DriveWatch:
    """Tells whether the drive is there that a folder lies on; what was mounted there later counts as that from then on.

    Of a drive that was unmounted, an empty folder stays, or nothing; one that was lost refuses to tell of its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._point = _mount_point(folder)

    def is_there(self) -> bool:
        """Tell whether the folder can be asked for, on a drive as deep as it was."""
        try:
            if not stat.S_ISDIR(self._folder.stat().st_mode):
                return False
        except OSError:
            return False
        point = _mount_point(self._folder)
        if len(point.parts) < len(self._point.parts):
            return False
        self._point = point
        return True


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
    try:
        text = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    except OSError:  # no Linux: its number, which may change
        return f"device {place.stat().st_dev}", "local"
    return drive_among(text.splitlines(), place)


def drive_among(lines: Sequence[str], place: Path) -> tuple[str, DriveKind]:
    """Return the same from the lines that Linux has about what is mounted (proc(5), mountinfo)."""
    point, kind, source = _mount_of(lines, place)
    is_network = kind in _NETWORK or (kind.startswith("fuse") and kind != "fuseblk")
    return f"{point} ({kind}, {source})", "network" if is_network else "local"


def _mount_point(folder: Path) -> Path:
    place = folder.resolve()
    try:
        text = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return next(one for one in (place, *place.parents) if os.path.ismount(one))
    return _mount_of(text.splitlines(), place)[0]


def _mount_of(lines: Sequence[str], place: Path) -> tuple[Path, str, str]:
    mounts = [mount for line in lines if (mount := _mount(line)) is not None and place.is_relative_to(mount[0])]
    # Of several on one point, the last is the one that is seen.
    return max(reversed(mounts), key=lambda mount: len(mount[0].parts), default=(Path("/"), "", ""))


def _mount(line: str) -> tuple[Path, str, str] | None:
    before, separator, after = line.partition(" - ")
    told, kinds = before.split(" "), after.split(" ")
    if not separator or len(told) < 5 or len(kinds) < 2:
        return None
    return Path(_unescaped(told[4])), kinds[0], _unescaped(kinds[1])


def _unescaped(text: str) -> str:
    """Return a name as it is: blanks, tabs, line ends and backslashes are written as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
