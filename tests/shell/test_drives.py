"""Drives are told by what Linux says is mounted where, and those of a network are known as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.shell.drives import drive_among, drive_of

LINES = (
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
    r"40 22 0:35 / /srv/festival\040films rw shared:9 - nfs4 nas:/films rw,vers=4.2",
    "41 22 0:36 / /srv/share rw - cifs //nas/share rw",
    "42 22 0:37 / /mnt/cloud rw - fuse.rclone remote: rw",
    "43 22 8:1 / /mnt/stick rw - fuseblk /dev/sda1 rw",
    "44 22 0:40 / /mnt/stick rw - tmpfs tmpfs rw",
    "a line of another kind",
)


@pytest.mark.parametrize(
    ("place", "name", "kind"),
    [
        ("/home/films", "/ (ext4, /dev/vda)", "local"),
        ("/srv/festival films/monday", "/srv/festival films (nfs4, nas:/films)", "network"),
        ("/srv/share", "/srv/share (cifs, //nas/share)", "network"),
        ("/srv/shared", "/ (ext4, /dev/vda)", "local"),
        ("/mnt/cloud/a", "/mnt/cloud (fuse.rclone, remote:)", "network"),
        ("/mnt/stick/a", "/mnt/stick (tmpfs, tmpfs)", "local"),
    ],
)
def test_a_folder_is_on_the_drive_that_is_mounted_nearest(place: str, name: str, kind: str) -> None:
    assert drive_among(LINES, Path(place)) == (name, kind)


def test_this_machine_has_an_answer_that_stays(tmp_path: Path) -> None:
    assert drive_of(tmp_path) == drive_of(tmp_path) and drive_of(tmp_path)[0]
