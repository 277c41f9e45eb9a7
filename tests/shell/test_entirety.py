"""A film is whole when its container goes on to its end and its last second decodes; zeros and cuts are found out."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.shell.container_ends import fault_of_end
from pipeline.shell.entirety import find_fault, is_doubtful
from tests.whole_films import KINDS, write_films

_SHARES = (0.02, 0.3, 0.6, 0.9, 0.97)
# Nothing in a program stream says where it ends.
_TELLS_ITS_END = tuple(name for name in KINDS if name != "disc.mpg")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_films(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("name", KINDS)
def test_whole_films_are_whole(films: dict[str, Path], name: str) -> None:
    assert find_fault(films[name]) is None
    assert not is_doubtful(films[name])


@pytest.mark.parametrize("share", _SHARES)
@pytest.mark.parametrize("name", KINDS)
def test_a_film_whose_end_is_zeros_is_not(films: dict[str, Path], tmp_path: Path, name: str, share: float) -> None:
    content = films[name].read_bytes()
    kept = int(len(content) * share)
    path = tmp_path / name
    path.write_bytes(content[:kept] + bytes(len(content) - kept))
    fault = find_fault(path)
    # Of a film that ends in bare sound, zeros may be silence.
    assert fault is not None or is_doubtful(path)
    if fault is not None:
        assert fault.why and fault.remedy and str(tmp_path) not in fault.why


@pytest.mark.parametrize("share", _SHARES)
@pytest.mark.parametrize("name", _TELLS_ITS_END)
def test_a_film_that_was_cut_off_is_not(films: dict[str, Path], tmp_path: Path, name: str, share: float) -> None:
    content = films[name].read_bytes()
    path = tmp_path / name
    # An odd number of bytes: nothing tells that a transport stream ends between two of its packets.
    path.write_bytes(content[: int(len(content) * share) | 1])
    assert find_fault(path) is not None


@pytest.mark.parametrize("content", [b"", bytes(5000), b"no film\n" * 100, b"\x1a\x45\xdf\xa3", b"RIFF" + b"\xff" * 4])
def test_what_is_no_film_is_told(tmp_path: Path, content: bytes) -> None:
    for suffix in (".mov", ".mkv", ".avi", ".mxf", ".ts", ".dv"):
        path = tmp_path / f"film{suffix}"
        path.write_bytes(content)
        assert find_fault(path) is not None


@given(st.data())
def test_mangled_containers_are_followed_without_an_error_of_ours(films: dict[str, Path], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(tuple(KINDS)))
    content = bytearray(films[name].read_bytes()[: data.draw(st.integers(0, 4000))])
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        fault = fault_of_end(path)
    assert fault is None or fault.why


def test_a_film_with_a_hole_is_doubtful(films: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with path.open("wb") as file:
        file.write(films["end.mp4"].read_bytes())
        file.seek(1 << 20, 1)
        file.write(b"end")
    if path.stat().st_blocks * 512 >= path.stat().st_size:
        pytest.skip("this file system keeps no holes")
    assert is_doubtful(path)
