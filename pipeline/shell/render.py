"""Make what a plan lacks: run each node's work once, check the file against the node, and leave it in the store."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import card_key, key_as_url, picture_argv, poster_argv, recipe_key, told_key, told_picture, words_of
from pipeline.boxes import JOIN_VERSION, Expectation, PictureExpectation, SoundExpectation, join, verify_file
from pipeline.errors import FfmpegFailed, MasterError, VerifyFailed
from pipeline.graph import (
    SAMPLE_RATE_HZ,
    X264,
    CardDrawing,
    Container,
    Join,
    Layout,
    LevelledProgramme,
    LevelledSound,
    PictureEncode,
    Poster,
    SoundCoding,
    SoundPart,
    Stretch,
)
from pipeline.shell.cards import CardKit
from pipeline.shell.conditions import unreadable_in
from pipeline.shell.digests import check_unchanged, unreadable, why_unreadable
from pipeline.shell.documents import keep_document
from pipeline.shell.ffmpeg import FfmpegRun, run_ffmpeg
from pipeline.shell.ledger import FileIdentity
from pipeline.shell.levelling import (
    LEVELLING_VERSION,
    encode_programme,
    encode_whole,
    hear_programme,
    hearing_argv,
)
from pipeline.shell.loudness import Loudness
from pipeline.shell.probe import source_url
from pipeline.shell.process_watch import Progress
from pipeline.shell.remembering import remembered
from pipeline.shell.sound_receipts import (
    copied_receipt,
    levels_in,
    programme_receipt,
    told_programme,
    told_sound,
    whole_receipt,
)
from pipeline.shell.store import Artifact, Store

_CHANGED: Final = re.compile(r"Reconfiguring filter graph because video parameters changed to ([^\n]*)")
_CHANNELS: Final[Mapping[Layout, int]] = {"stereo": 2, "5.1": 6}
_CODINGS: Final[Mapping[Container, SoundCoding]] = {"mp4": "aac", "mov": "pcm"}
OnFraction = Callable[[float, float | None], None]
"""Told the share done, 0 to 1, and how many times faster than playing."""


@dataclass(frozen=True)
class Made:
    """An artifact, and whether it was made just now or found."""

    artifact: Artifact
    is_new: bool


# Clips share pictures and sounds, and a run asks for each key several times.
@functools.lru_cache(maxsize=1024)
def _picture_key(toolchain: str, node: PictureEncode) -> str:
    return told_key("picture", toolchain, told_picture(node))


@functools.lru_cache(maxsize=1024)
def _programme_key(toolchain: str, node: LevelledProgramme) -> str:
    return told_key("programme", toolchain, told_programme(node))


@functools.lru_cache(maxsize=1024)
def _sound_key(toolchain: str, node: LevelledSound) -> str:
    return told_key("sound", toolchain, told_sound(node, functools.partial(_programme_key, toolchain)))


@dataclass(frozen=True)
class Workshop:
    """What rendering needs: the store, the tools' description, and where masters lie."""

    store: Store
    toolchain: str
    masters: Mapping[str, Path]
    identities: Mapping[str, FileIdentity] = field(default_factory=dict)
    """The masters' identities when they were studied; one that changed since is not encoded under its old digest."""
    kit: CardKit | None = None
    """What cards are drawn with; None where there are none."""
    rung_encoder: str = ""
    """The version of what encodes a ladder where that is not libx264, whose version the toolchain has."""
    folders: dict[str, Path] = field(default_factory=dict, compare=False)
    """Folders of fonts, by the digests of what is in them."""
    segments: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """Those of packages that were read, by their keys: who puts one together asks for them several times."""

    @property
    def rung_toolchain(self) -> str:
        """The description of the tools that encode renditions of a ladder."""
        return f"{self.toolchain}; {self.rung_encoder}" if self.rung_encoder else self.toolchain

    def picture_key(self, node: PictureEncode) -> str:
        """Return the key of an encoded picture."""
        return _picture_key(self.toolchain, node)

    def programme_key(self, node: LevelledProgramme) -> str:
        """Return the key of a programme at its loudness."""
        return _programme_key(self.toolchain, node)

    def sound_key(self, node: LevelledSound) -> str:
        """Return the key of an encoded sound."""
        return _sound_key(self.toolchain, node)

    def join_key(self, node: Join) -> str:
        """Return the key of a joined clip; no tool but ours touches it."""
        chapters = (f"chapter at {one.start}: {one.title}" for one in node.chapters)
        kind = ("mov",) if node.container == "mov" else ()
        return recipe_key("join", str(JOIN_VERSION), (*node.pictures, node.sound or "silent", *chapters, *kind))

    def poster_key(self, node: Poster) -> str:
        """Return the key of a poster."""
        return recipe_key("poster", self.toolchain, poster_argv(node, "out", key_as_url))

    def make_pictures(
        self,
        nodes: Sequence[PictureEncode],
        on_fraction: OnFraction | None = None,
        *,
        cards: Sequence[CardDrawing] = (),
    ) -> dict[str, Made]:
        """Encode pictures that share a decode, those that are missing in one pass over the masters; by key.

        `cards` are those that the pictures show, drawn where something is missing.
        """
        by_key = {self.picture_key(node): node for node in nodes}

        def produce(paths: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
            for card in cards:
                self.make_card(card)
            keys = sorted(paths)
            wanted = [by_key[key] for key in keys]
            argv = picture_argv(wanted, [source_url(paths[key]) for key in keys], self.locate)
            with self.reading(inputs_of(wanted[0].parts)) as runs:
                run = run_ffmpeg(argv, on_progress=fractions_of(wanted[0].frames, on_fraction))
                runs.append(run)
                self.check_pictures(inputs_of(wanted[0].parts), run)
                shares = _pixel_shares(wanted)
                return {
                    key: self._picture_receipt(node, paths[key], run, share)
                    for key, node, share in zip(keys, wanted, shares, strict=True)
                }

        made = self.store.make_several({key: f".{node.container}" for key, node in by_key.items()}, produce)
        return {key: Made(artifact, is_new) for key, (artifact, is_new) in made.items()}

    def make_card(self, drawing: CardDrawing) -> Made:
        """Draw a card."""

        def produce(path: Path) -> dict[str, Any]:
            from pipeline.shell.cards import draw_card

            assert self.kit is not None, "whoever plans cards says what they are drawn with"
            layout, sheet = draw_card(drawing, path, self.kit), drawing.sheet
            told = (*drawing.lines, drawing.design, drawing.link or "no link", f"{sheet.width_px}x{sheet.height_px}")
            look = (sheet.ground, sheet.ink, sheet.accent, sheet.logo.digest if sheet.logo else "no logo")
            return {
                "made_by": "card",
                "recipe": [*told, *look],
                "inputs": [],
                "toolchain": sheet.tools,
                "shown_lines": list(layout.lines),
                "boxes": [[kind, *astuple(box)] for kind, box in layout.boxes],
            }

        return Made(*self.store.make(card_key(drawing), ".png", produce))

    def make_programme(self, node: LevelledProgramme) -> Made:
        """Encode a programme at its loudness, once for all sounds that it is heard in."""

        def produce(path: Path) -> dict[str, Any]:
            masters = _masters(node.stretches)
            with self.reading(masters):
                source, heard = self._hear(node)
                encode = encode_programme(node, source, path, self.locate)
                self.check_masters(masters)
                _verify_sound(path, node.stretches, "aac")
            return {
                "made_by": "programme",
                "recipe": list(words_of(told_programme(node))),
                "inputs": [*masters, heard.key],
                "toolchain": self.toolchain,
                **programme_receipt(encode),
            }

        return Made(*self.store.make(self.programme_key(node), ".m4a", produce))

    def _hear(self, node: LevelledProgramme) -> tuple[Loudness, Artifact]:
        """Return how a programme measures as it is, heard once for all bit rates and loudnesses, and what keeps it."""
        masters = _masters(node.stretches)

        def hear() -> tuple[str, str, str]:
            loudness = hear_programme(node, self.locate)
            self.check_masters(masters)
            return loudness.spelled()

        argv = hearing_argv(node, key_as_url)
        heard_by = f"{self.toolchain}; levelling {LEVELLING_VERSION}"
        spelled, kept = remembered(self.store, "loudness", heard_by, argv, hear, inputs=masters)
        return Loudness.read(spelled), kept

    def make_sound(self, node: LevelledSound) -> Made:
        """Encode a clip's sound, each of its programmes at its own loudness, and measure the whole."""

        def produce(path: Path) -> dict[str, Any]:
            made = {one: self.make_programme(one).artifact for one in node.programmes if one is not None}
            receipts = {one: artifact.receipt for one, artifact in made.items()}
            with self.reading(_masters(node.parts)):
                if node.only_programme is not None:
                    shutil.copyfile(made[node.only_programme].path, path)
                    told = copied_receipt(node, receipts)
                else:
                    levels = [None if one is None else levels_in(receipts[one]) for one in node.programmes]
                    told = whole_receipt(node, receipts, encode_whole(node, levels, path, self.locate))
                self.check_masters(_masters(node.parts))
                _verify_sound(path, node.parts, node.coding)
            return {
                "made_by": "sound",
                "recipe": list(words_of(told_sound(node, self.programme_key))),
                "inputs": [*(artifact.key for artifact in made.values()), *_masters(node.parts)],
                "toolchain": self.toolchain,
                **told,
            }

        suffix = ".m4a" if node.coding == "aac" else ".mov"
        return Made(*self.store.make(self.sound_key(node), suffix, produce))

    def make_join(self, node: Join, pictures: Sequence[PictureEncode]) -> Made:
        """Join pictures, one after another, and sound, and check the whole clip; all must be in the store."""

        def produce(path: Path) -> dict[str, Any]:
            sound = None if node.sound is None else self.artifact(node.sound).path
            sources = [self.artifact(key).path for key in node.pictures]
            join(pictures=sources, sound=sound, target=path, chapters=node.chapters, container=node.container)
            expected = _joined_expectation(pictures)
            seconds = expected.rate.time_of(expected.frames)
            expectation = Expectation(
                picture=expected,
                sound=None if sound is None else SoundExpectation(seconds=seconds, coding=_CODINGS[node.container]),
                chapters=node.chapters,
            )
            movie = verify_file(path, expectation)
            return {
                "made_by": "join",
                "inputs": [key for key in (*node.pictures, node.sound) if key],
                "toolchain": f"join {JOIN_VERSION}",
                "cpu_seconds": 0.0,
                "duration_s": str(Fraction(movie.duration, movie.timescale)),
            }

        return Made(*self.store.make(self.join_key(node), f".{node.container}", produce))

    def make_poster(self, node: Poster) -> Made:
        """Take one frame of an encoded picture."""

        def produce(path: Path) -> dict[str, Any]:
            run = run_ffmpeg(poster_argv(node, source_url(path), self.locate))
            return {
                "made_by": "poster",
                "argv": list(run.argv),
                "inputs": [node.picture],
                "toolchain": self.toolchain,
                "cpu_seconds": round(run.cpu_seconds, 3),
            }

        return Made(*self.store.make(self.poster_key(node), ".jpg", produce))

    def make_document(self, kind: str, suffix: str, content: bytes) -> Artifact:
        """Keep a document under the key of its own content."""
        return keep_document(self.store, kind, suffix, content)

    def make_text(self, key: str, kind: str, suffix: str, write: Callable[[], str]) -> Artifact:
        """Keep a text under a key that says what it is made from; `write` is called only where it is missing."""

        def produce(path: Path) -> dict[str, Any]:
            path.write_bytes(write().encode("utf-8", "surrogateescape"))
            return {"made_by": kind, "inputs": []}

        return self.store.make(key, suffix, produce)[0]

    def receipt(self, key: str) -> Mapping[str, Any]:
        """Return what the receipt of an artifact says."""
        return self.artifact(key).receipt

    def _picture_receipt(self, node: PictureEncode, path: Path, run: FfmpegRun, share: float) -> dict[str, Any]:
        verify_file(path, Expectation(picture=_picture_expectation(node), sound=None))
        return {
            "made_by": "picture",
            "recipe": list(words_of(told_picture(node))),
            "argv": list(run.argv),
            "inputs": inputs_of(node.parts),
            "toolchain": self.toolchain,
            "cpu_seconds": round(run.cpu_seconds * share, 3),
            "frames": node.frames,
            "rate": str(node.rate),
            "width_px": node.width_px,
            "height_px": node.height_px,
        }

    @contextlib.contextmanager
    def reading(self, keys: Sequence[str]) -> Iterator[list[FfmpegRun]]:
        """Raise MasterError for a master that changed, went away or cannot be read, rather than what came of that.

        The list is for the runs that read it: ffmpeg ends well where a drive does not answer, and says so in passing.
        """
        runs: list[FfmpegRun] = []
        try:
            yield runs
        except (FfmpegFailed, VerifyFailed) as error:
            self.check_masters(keys)
            said = "\n".join((*(run.stderr for run in runs), str(error.data.get("stderr_tail", ""))))
            self._refuse_unreadable(keys, unreadable_in(said))
            raise

    def _refuse_unreadable(self, keys: Sequence[str], refused: OSError | None) -> None:
        """Raise MasterError for a master that the system refuses to read to its end; `refused` is of any of them."""
        for path in (self.masters[key] for key in keys if key in self.identities):
            found = why_unreadable(path) or refused
            if found is not None:
                raise unreadable(path, found) from found

    def check_masters(self, keys: Sequence[str]) -> None:
        """Raise MasterError for a master that was written to since it was studied."""
        for key in keys:
            if key in self.identities:
                check_unchanged(self.masters[key], self.identities[key])

    def check_pictures(self, keys: Sequence[str], run: FfmpegRun) -> None:
        """Raise MasterError where pictures that were read came in another form on their way, or their file changed.

        ffmpeg counts them from the beginning again then, so that what was made is not what was planned.
        """
        self.check_masters(keys)
        changed = _CHANGED.search(run.stderr)
        read = [self.masters[key] for key in keys if key in self.masters]
        if changed is not None and read:
            raise MasterError.of(
                read[0],
                f"its pictures change on the way, to {changed[1].strip()}, and a film has one size and one colour.",
                remedy="Export it again, or the stretches before and after the change as films of their own.",
            )

    def locate(self, key: str) -> str:
        """Return what stands after `-i` for a master's digest or an artifact's key."""
        if key in self.masters:
            return source_url(self.masters[key])
        if key in self.folders:
            return str(self.folders[key].absolute())
        return source_url(self.artifact(key).path)

    def artifact(self, key: str) -> Artifact:
        """Return an artifact that was made. Raises KeyError for one that was not."""
        artifact = self.store.find(key)
        if artifact is None:
            raise KeyError(f"no artifact {key}: its node was not rendered first")
        return artifact


def _picture_expectation(node: PictureEncode) -> PictureExpectation:
    return PictureExpectation(
        width=node.width_px,
        height=node.height_px,
        rate=node.rate,
        frames=node.frames,
        keyframe_interval_max=node.encoder.keyframe_interval_frames,
        level_max=round(float(node.encoder.level) * 10) if isinstance(node.encoder, X264) else 0,
        codec="h264" if isinstance(node.encoder, X264) else "prores",
    )


def _joined_expectation(nodes: Sequence[PictureEncode]) -> PictureExpectation:
    """Return what pictures are one after another: each begins with a keyframe, and no group is longer than theirs."""
    expected = [_picture_expectation(node) for node in nodes]
    return replace(
        expected[0],
        frames=sum(one.frames for one in expected),
        keyframe_interval_max=max(one.keyframe_interval_max for one in expected),
    )


def fractions_of(frames: int, on_fraction: OnFraction | None) -> Callable[[Progress], None] | None:
    """Return what tells how much of so many frames is done."""
    if on_fraction is None:
        return None

    def tell(progress: Progress) -> None:
        on_fraction(min(1.0, progress.frames / frames), progress.speed)

    return tell


def _pixel_shares(nodes: Sequence[PictureEncode]) -> list[float]:
    """Return each node's share of a common process's CPU time, by its pixels."""
    pixels = [node.width_px * node.height_px for node in nodes]
    return [count / sum(pixels) for count in pixels]


def _verify_sound(path: Path, parts: Sequence[SoundPart], coding: SoundCoding) -> None:
    seconds = Fraction(sum(part.samples for part in parts), SAMPLE_RATE_HZ)
    sound = SoundExpectation(seconds=seconds, channels=_CHANNELS[parts[0].layout], coding=coding)
    verify_file(path, Expectation(picture=None, sound=sound))


def _masters(parts: Sequence[SoundPart]) -> list[str]:
    return inputs_of([piece for part in parts if isinstance(part, Stretch) for piece in part.pieces])


def inputs_of(parts: Sequence[Any]) -> list[str]:
    """Return the keys of what parts show or sound, each once."""
    return list(dict.fromkeys(part.source for part in parts if hasattr(part, "source")))
