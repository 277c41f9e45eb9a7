"""What a file is follows from its first bytes, and every container that is taken is one of the kinds."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.containers import CONTAINERS, HEAD_BYTES, Kind, demuxers_of, kind_of

KINDS: tuple[Kind, ...] = typing.get_args(Kind)
# As files of these kinds really begin.
HEADS: dict[bytes, Kind] = {
    b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41": "movie",
    b"\0\0\0\x08wide\0\x02\x4a\x10mdat": "movie",
    b"0123mdat this is text, but so may sound be": "movie",
    b"\0\0\0\x14stypiso5\0\0\0\0": "movie",
    b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01": "matroska",
    b"RIFF\x24\x10\0\0AVI LIST": "avi",
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\0": "mxf",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c": "asf",
    b"OggS\0\x02\0\0\0\0\0\0\0\0": "ogg",
    b"FLV\x01\x05\0\0\0\x09": "flv",
    b"\0\0\0\0\x01\xbc\0\0\0\x90": "gxf",
    b"nut/multimedia container\0N": "nut",
    b"DKIF\0\0\x20\0VP90": "ivf",
    b"\0\0\x01\0RED1": "r3d",
    b"\x47\x40\x11\x10\0\x42\xf0\x25": "stream",
    b"\0\0\x18\x20\x47\x40\0\x10\0\0\xb0\x0d": "stream",
    b"\0\0\x01\xba\x44\0\x04\0\x04\x01": "stream",
    b"\0\0\x01\xbaD4e1\0\0\0\0\0\0\0\0": "stream",
    b"\0\0\0\x0cjP  \x0d\x0a\x87\x0a": "movie",
    b"G\x01\0\x10abcd\0\0\0": "stream",
    b"\0\0\0\x01\x67\x64\0\x1f\xac\xd9": "stream",
    b"\x1f\x07\0\x3f\xf8\x78\x78\x78": "stream",
    b"": "stream",
    b"#EXTM3U\n#EXT-X-VERSION:3\n": "text",
    b"ffconcat version 1.0\n": "text",
    b"\xef\xbb\xbf<?xml version='1.0'?>": "text",
    b"v=0\r\no=- 0 0": "text",
}


@pytest.mark.parametrize("head", HEADS)
def test_a_file_is_what_its_first_bytes_say(head: bytes) -> None:
    assert kind_of(head[:HEAD_BYTES]) == HEADS[head]


def test_every_container_that_is_taken_is_of_one_kind_and_no_other_is() -> None:
    assert sorted(name for kind in KINDS for name in demuxers_of(kind) if name != "mxf") == sorted(
        name for name in CONTAINERS if name != "mxf"
    )
    assert demuxers_of("mxf") == ("mxf",) and demuxers_of("text") == ()


@given(st.binary(max_size=HEAD_BYTES))
def test_any_bytes_are_of_a_kind(head: bytes) -> None:
    assert kind_of(head) in KINDS
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        assert kind_of(head) == "matroska"
