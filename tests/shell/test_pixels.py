from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.pixels.reader import PictureReader
from pipeline.shell.pixels.times import constant_rate
from pipeline.shell.probe import probe
from pipeline.timebase import FrameRate

MEDIA = Path(__file__).parents[2].parent / "shared" / "media"


def make(path: Path, *options: str, rate: str = "24", seconds: str = "1", size: str = "320x180") -> Path:
    source = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "12")
    run_ffmpeg(("-f", "lavfi", "-i", source, *coding, *options, str(path)))
    return path


def read(path: Path) -> PictureReader:
    """Return a reader that has read the whole film, after checking what it yielded."""
    reader = PictureReader(path, probe(path))
    pictures = [(picture.frame, picture.time, picture.bgr.shape) for picture in reader]
    timeline = reader.timeline
    assert [frame for frame, _, _ in pictures] == list(range(timeline.frame_count))
    assert len({shape for _, _, shape in pictures}) == 1
    return reader


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.mov", "film.ts", "film.avi"])
@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "25", "60"])
def test_every_picture_is_counted_and_container_rounding_is_no_variable_rate(
    tmp_path: Path, name: str, rate: str
) -> None:
    timeline = read(make(tmp_path / name, rate=rate)).timeline
    assert timeline.ticks is None
    assert timeline.rate == FrameRate.parse(rate)
    assert timeline.frame_count == FrameRate.parse(rate).fps.__ceil__()


def test_a_variable_rate_keeps_its_exact_times(tmp_path: Path) -> None:
    held = "setpts='if(lt(N,12),N,N+(N-12))/24/TB'"
    path = make(tmp_path / "phone.mp4", "-vf", held, "-fps_mode", "vfr", "-video_track_timescale", "24000")
    timeline = read(path).timeline
    assert timeline.frame_count == 24
    expected = [Fraction(k if k < 12 else 2 * k - 12, 24) for k in range(24)]
    assert timeline.times is not None
    assert list(timeline.times) == expected


def test_times_count_from_the_first_picture_whatever_the_file_says(tmp_path: Path) -> None:
    path = make(tmp_path / "late.ts", "-output_ts_offset", "3600")
    assert probe(path).picture.start >= 3600
    reader = PictureReader(path, probe(path))
    assert next(iter(reader)).time == 0


def test_rotated_footage_comes_upright(tmp_path: Path) -> None:
    upright = make(tmp_path / "stored.mp4", "-vf", "drawbox=0:0:iw/2:ih:red:fill")
    turned = tmp_path / "phone.mp4"
    run_ffmpeg(("-display_rotation:v:0", "90", "-i", str(upright), "-c", "copy", str(turned)))
    picture = next(iter(PictureReader(turned, probe(turned))))
    assert picture.bgr.shape == (256, 144, 3)
    # Counter-clockwise by 90°: what was on the left is now at the bottom.
    top, bottom = picture.bgr[:100, :, 2].mean(), picture.bgr[156:, :, 2].mean()
    assert bottom > top + 50


def test_anamorphic_pixels_are_made_square(tmp_path: Path) -> None:
    path = make(tmp_path / "dvd.mkv", "-vf", "setsar=64/45", size="720x576")
    assert next(iter(PictureReader(path, probe(path)))).bgr.shape == (144, 256, 3)


def test_damage_in_the_middle_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "damaged.ts", seconds="4")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    reader = read(path)
    assert reader.decoding.corrupt_count > 0
    assert reader.decoding.decoded_end > Fraction(7, 2)


def test_a_truncated_film_tells_what_it_has_and_what_it_claims(tmp_path: Path) -> None:
    path = make(tmp_path / "cut.mp4", "-movflags", "+faststart", seconds="4")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    decoding = read(path).decoding
    assert decoding.claimed_end == 4
    assert 1 < decoding.decoded_end < 3


def test_a_whole_film_ends_where_it_claims_though_its_sound_is_longer(tmp_path: Path) -> None:
    silent = make(tmp_path / "silent.mp4")
    for name in ("film.mp4", "film.mkv"):
        film = tmp_path / name
        run_ffmpeg(
            ("-i", str(silent), "-f", "lavfi", "-i", "sine=duration=3", "-c:v", "copy", "-c:a", "aac", str(film))
        )
        decoding = read(film).decoding
        assert abs(decoding.decoded_end - decoding.claimed_end) < Fraction(1, 24)
        assert decoding.corrupt_count == 0


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    path = make(tmp_path / "film.mp4", seconds="4")
    told: list[float] = []
    for _ in PictureReader(path, probe(path), on_progress=told.append):
        pass
    assert told == sorted(told)
    assert 0 < told[0] < 0.5
    assert 0.9 < told[-1] <= 1


def test_ten_bit_footage_is_reduced_to_eight(tmp_path: Path) -> None:
    path = make(tmp_path / "ten.mkv", "-pix_fmt", "yuv420p10le")
    assert next(iter(PictureReader(path, probe(path)))).bgr.dtype == "uint8"


def test_an_uneven_grid_has_no_constant_rate() -> None:
    assert constant_rate(array("q", [0, 40, 80, 160]), Fraction(1, 1000), natural=FrameRate(Fraction(25))) is None


def test_a_long_film_in_milliseconds_is_constant() -> None:
    ticks = array("q", (round(k * 1001 / 24) for k in range(170_000)))
    natural = FrameRate(Fraction(24))
    assert constant_rate(ticks, Fraction(1, 1000), natural=natural) == FrameRate(Fraction(24000, 1001))


@pytest.mark.skipif(not MEDIA.is_dir(), reason="the real films are not here")
@pytest.mark.parametrize(
    ("name", "frames", "shape"),
    [
        ("ax-portrait_4k60.mp4", 18, (256, 144, 3)),
        ("ax-internal_emulator_transformer_output_270_rotated.mp4", 149, (256, 144, 3)),
        ("ax-hlg10-color-test.mp4", 9, (144, 256, 3)),
        ("tc-h265_10bits.mp4", 30, (256, 256, 3)),
    ],
)
def test_real_phone_footage_is_read_whole_and_upright(name: str, frames: int, shape: tuple[int, ...]) -> None:
    reader = PictureReader(MEDIA / name, probe(MEDIA / name))
    assert {picture.bgr.shape for picture in reader} == {shape}
    assert reader.timeline.frame_count == frames
    assert reader.timeline.ticks is None
