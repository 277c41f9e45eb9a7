"""A drive that can hang: a file system of its own (FUSE) that shows a folder read-only, and stops answering when told.

The kernel holds whoever asks it meanwhile, as it does those of a network drive that is mounted hard. It is spoken to
as its header says (include/uapi/linux/fuse.h), so that no library is needed:

    python tests/fuse_drive.py POINT SHOWN

reads words from standard input: `hold` leaves what is asked unanswered, so that not even SIGKILL ends who asked;
`ignore` does not even read it, so that SIGKILL does; `answer` goes on. It unmounts when that ends.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import stat
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

_HEADER: Final = struct.Struct("<IIQQIIII")
_ATTRIBUTES: Final = struct.Struct("<6Q10I")
_REQUEST_BYTES: Final = 1 << 17
_ROOT: Final = 1
_FORGET, _INTERRUPT, _DESTROY, _FORGET_SEVERAL = 2, 36, 38, 42


class _Drive:
    def __init__(self, point: str, shown: Path) -> None:
        self._paths = {_ROOT: shown}
        self._numbers = {shown: _ROOT}
        self.way: Literal["answer", "hold", "ignore"] = "answer"
        self._device = os.open("/dev/fuse", os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0,allow_other"
        if libc.mount(b"hanging", os.fsencode(point), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        # Opcode: what answers it.
        self._answers: dict[int, Callable[[int, bytes], bytes]] = {
            1: self._lookup,
            3: lambda node, _: struct.pack("<QII", 0, 0, 0) + self._attributes(self._paths[node]),
            5: lambda node, _: os.fsencode(self._paths[node].readlink()),
            14: lambda _node, _: bytes(16),
            15: self._read,
            17: lambda _node, _: struct.pack("<5Q10I", 1000, 0, 0, 1000, 1000, 4096, 255, 4096, *[0] * 7),
            18: lambda _node, _: b"",
            25: lambda _node, _: b"",
            26: lambda _node, _: struct.pack("<4I2H2I2H8I", 7, 31, 65536, 0, 0, 0, 65536, 1, *[0] * 10),
            27: lambda _node, _: bytes(16),
            28: self._list,
            29: lambda _node, _: b"",
        }

    def serve(self) -> None:
        """Answer until it is unmounted."""
        waiting = select.poll()
        waiting.register(self._device, select.POLLIN)
        while True:
            if self.way == "ignore" or not waiting.poll(50):
                threading.Event().wait(0.02)
                continue
            try:
                request = os.read(self._device, _REQUEST_BYTES)
            except OSError:
                return
            while self.way == "hold":
                threading.Event().wait(0.02)
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        _, code, number, node, *_ = _HEADER.unpack_from(request)
        if code in (_FORGET, _INTERRUPT, _DESTROY, _FORGET_SEVERAL):
            return
        error, told = 0, b""
        try:
            told = self._answers[code](node, request[_HEADER.size :])
        except KeyError:
            error = -errno.ENOSYS
        except OSError as refusal:
            error = -(refusal.errno or errno.EIO)
        try:
            os.write(self._device, struct.pack("<IiQ", 16 + len(told), error, number) + told)
        except OSError:
            return  # who asked is gone

    def _lookup(self, node: int, said: bytes) -> bytes:
        path = self._paths[node] / os.fsdecode(said.rstrip(b"\0"))
        attributes = self._attributes(path)
        number = self._numbers.setdefault(path, len(self._numbers) + 1)
        self._paths[number] = path
        return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + attributes

    def _attributes(self, path: Path) -> bytes:
        of = path.lstat()
        seconds = [one // 10**9 for one in (of.st_atime_ns, of.st_mtime_ns, of.st_ctime_ns)]
        rest = [one % 10**9 for one in (of.st_atime_ns, of.st_mtime_ns, of.st_ctime_ns)]
        return _ATTRIBUTES.pack(
            of.st_ino, of.st_size, of.st_blocks, *seconds, *rest, of.st_mode, of.st_nlink, 0, 0, 0, 4096, 0
        )

    def _read(self, node: int, said: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", said)
        with self._paths[node].open("rb") as file:
            return os.pread(file.fileno(), size, offset)

    def _list(self, node: int, said: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<QQI", said)
        told = b""
        for number, path in enumerate(sorted(self._paths[node].iterdir()), 1):
            if number <= offset:
                continue
            of, raw = path.lstat(), os.fsencode(path.name)
            entry = struct.pack("<QQII", of.st_ino, number, len(raw), stat.S_IFMT(of.st_mode) >> 12) + raw
            entry += bytes(-len(entry) % 8)
            if len(told) + len(entry) > size:
                break
            told += entry
        return told


def main() -> None:
    """Be the drive, and do what standard input says."""
    point, shown = sys.argv[1:]
    drive = _Drive(point, Path(shown))
    threading.Thread(target=drive.serve, daemon=True).start()
    for line in sys.stdin:
        drive.way = line.strip()  # type: ignore[assignment]
        sys.stdout.write(line)
        sys.stdout.flush()
    drive.way = "answer"
    ctypes.CDLL(None).umount2(os.fsencode(point), 2)  # MNT_DETACH
    os._exit(0)


if __name__ == "__main__":
    main()
