"""`python -m bench.make_reel --out REEL.mp4 FILM...`: write a reel of joined takes and, beside it, its true labels."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import click

from bench.labels import Mark, find_labels, read_labels, write_labels
from bench.reels.draw import DISTURBANCES, JOINS, Lengths
from bench.reels.encoders import ENCODERS, Tuning, encoder_argv
from bench.reels.errors import ReelError
from bench.reels.pictures import look_at, reel_pictures
from bench.reels.plan import Wishes, plan_reel
from bench.reels.source import Part, Source, open_source
from bench.reels.values import Reel
from pipeline.errors import PipelineError
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.timebase import FrameRate

Size = tuple[int, int]


class _Rate(click.ParamType):
    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FrameRate:
        try:
            return FrameRate.nearest_standard(Fraction(str(value)))
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no frame rate such as 25, 24000/1001 or 29.97.", param, ctx)


class _SizeText(click.ParamType):
    name = "widthxheight"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Size:
        sides = str(value).split("x")
        if len(sides) != 2 or not all(side.isdigit() and int(side) >= 16 and int(side) % 2 == 0 for side in sides):
            self.fail(f"{value!r} is no size such as 640x360 (even numbers).", param, ctx)
        return int(sides[0]), int(sides[1])


class _Weights(click.ParamType):
    """`cut=10,dissolve=3`: what is not named does not occur; `none` names nothing."""

    name = "name=weight,..."

    def __init__(self, known: Mapping[str, float]) -> None:
        self._known = known

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Mapping[str, float]:
        if isinstance(value, Mapping):
            return value
        weights = {}
        for item in str(value).split(",") if value != "none" else ():
            name, _, weight = item.partition("=")
            try:
                weights[name] = float(weight or 1)
            except ValueError:
                self.fail(f"{item!r} is no name=weight.", param, ctx)
            if name not in self._known or weights[name] < 0:
                self.fail(f"{item!r} is none of {', '.join(self._known)}, with a weight from 0 on.", param, ctx)
        return weights


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.argument("films", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The reel; labels go to NAME.shots.csv.")
@click.option("--seconds", default="150", show_default=True, type=Fraction, help="About how long.")
@click.option(
    "--rate", default="24", show_default=True, type=_Rate(), help="Frames are taken or repeated, never mixed."
)
@click.option("--size", default="640x360", show_default=True, type=_SizeText())
@click.option("--seed", default=0, show_default=True, help="The same seed, films and options give the same labels.")
@click.option("--labels", multiple=True, metavar="FILM=CSV", help="For a film whose labels do not lie beside it.")
@click.option("--part", default="all", show_default=True, type=click.Choice(("all", "first", "second")))
@click.option("--from", "start", type=click.IntRange(0), help="First frame of each film to use.")
@click.option("--to", "end", type=click.IntRange(1), help="Frame of each film to stop before.")
@click.option("--joins", default=JOINS, type=_Weights(JOINS), help=f"Weights; {', '.join(JOINS)}.")
@click.option("--disturb", default=DISTURBANCES, type=_Weights(DISTURBANCES), help="Chances in a take, or none: "
              + ", ".join(DISTURBANCES) + ".")  # fmt: skip
@click.option("--shortest", default=0.6, show_default=True, help="Seconds that a take is seen whole at least.")
@click.option("--longest", default=6.0, show_default=True, help="And at most.")
@click.option(
    "--encoder", default="x264", show_default=True, type=click.Choice(tuple(ENCODERS)), help="prores: to a .mov."
)
@click.option("--crf", type=click.IntRange(0, 51))
@click.option("--gop", type=click.IntRange(1), help="Frames between keyframes.")
@click.option("--scenecut", type=click.IntRange(0, 100), help="How readily a keyframe is set at a cut.")
def main(
    films: tuple[Path, ...], out: Path, labels: tuple[str, ...], part: Part, start: int | None, end: int | None,
    seconds: Fraction, rate: FrameRate, seed: int, joins: Mapping[str, float], disturb: Mapping[str, float],
    shortest: float, longest: float, size: Size, encoder: str, crf: int | None, gop: int | None, scenecut: int | None,
) -> None:  # fmt: skip
    """Join spans that lie inside shots of films at random, and write the true transitions beside the reel.

    NAME.disturbances.csv says what else happens in it, and which frames of which film every take shows.
    """
    named = dict(item.rpartition("=")[::2] for item in labels)
    lengths = Lengths(shortest, longest)
    try:
        sources = [open_source(film, _labels_of(film, named), start=start, end=end, part=part) for film in films]
        reel = plan_reel(sources, Wishes(seconds, rate, seed, joins, disturb, lengths), look_at(sources))
        write_reel(reel, sources, out, size=size, encoder=encoder_argv(encoder, rate, Tuning(crf, gop, scenecut)))
    except (ReelError, PipelineError) as error:
        sys.exit(f"make_reel: {error}")
    print(f"{out}: {reel.frame_count} frames, {len(reel.labels)} transitions")


def write_reel(reel: Reel, sources: Sequence[Source], out: Path, *, size: Size, encoder: tuple[str, ...]) -> None:
    """Write a reel, its labels and what else happens in it. Raises ReelError where the file exists."""
    if out.exists():
        raise ReelError(f"{out} exists.")
    part = out.with_name(f".part-{os.getpid()}-{out.name}")
    raw = (
        "-f", "rawvideo", "-pixel_format", "bgr24", "-video_size", f"{size[0]}x{size[1]}",
        "-framerate", str(reel.rate.fps), "-i", "pipe:0",
        # swscale would use BT.601 for RGB unless told.
        "-vf", "scale=out_color_matrix=bt709:out_range=tv",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
    )  # fmt: skip
    try:
        run_ffmpeg((*raw, *encoder, f"file:{part.absolute()}"), feed=_bytes(reel, sources, size))
        written = len(open_source(part, (), start=None, end=None, part="all").ticks)
        if written != reel.frame_count:
            raise ReelError(f"{out} has {written} frames, not {reel.frame_count}.")
        write_labels(out.with_suffix(".shots.csv"), reel.labels)
        _write_happenings(out.with_suffix(".disturbances.csv"), reel, sources)
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)


def _labels_of(film: Path, named: Mapping[str, str]) -> tuple[Mark, ...]:
    path = Path(named[str(film)]) if str(film) in named else find_labels(film)
    return read_labels(path) if path else ()


def _bytes(reel: Reel, sources: Sequence[Source], size: Size) -> Iterator[bytes]:
    return (picture.tobytes() for picture in reel_pictures(reel, sources, size))


def _write_happenings(path: Path, reel: Reel, sources: Sequence[Source]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("what", "start_frame", "end_frame", "detail"))
        for take, start in zip(reel.takes, reel.starts, strict=True):
            film = sources[take.source].path.name
            writer.writerow(("take", start, start + take.frames, f"{film} from frame {take.first}"))
            for item in take.disturbances:
                first = start + item.start_frame
                writer.writerow((item.what, first, first + item.frames, f"strength {item.strength:.2f}"))


if __name__ == "__main__":
    main()
