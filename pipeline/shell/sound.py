"""Decode sound, once: libavfilter's EBU R 128 meter says how loud it is, and the same at 16 kHz is listened to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.features import SOUND_STEP, SoundFeatures
from pipeline.plan.shots import SILENCE_LUFS, Curve
from pipeline.shell.probe import open_media, packets_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
_BLOCK: Final = 10 * SAMPLE_RATE
# A momentary value comes each 100 ms, over the 400 ms before it (EBU Tech 3341). The window of a value reaches from
# 300 ms before its time stamp to 100 ms after; it speaks for the step in its middle.
_WINDOW_MIDDLE_S: Final = -0.1
_MOMENTARY: Final = "lavfi.r128.M"
# Asking the graph for what it has costs as much as pushing a frame into it.
_PUSHED_AT_ONCE: Final = 16
# A time stamp outside the film by more than this is damage, which must not be filled up with silence.
_OUTSIDE_S: Final = 60


def measure_sound(
    path: Path, facts: MediaFacts, *, on_progress: Callable[[float], None] | None = None
) -> SoundFeatures | None:
    """Return the features of a film's main sound, from its first picture to the end of its sound.

    None where there is no sound, none that can be decoded, or nothing above silence all the way; what is damaged is
    silence. Raises MasterError where the file cannot be opened.
    """
    if facts.main_sound is None:
        return None
    listener = _Listener()
    moments: list[tuple[float, float]] = []
    for heard in _heard(path, facts, facts.main_sound.index):
        moments += heard.loudness
        listener.take(heard.samples)
        if on_progress is not None and facts.duration > 0:
            on_progress(min(1.0, max(0.0, float(heard.second / facts.duration))))
    loudness = momentary_curve(moments)
    return None if loudness is None else listener.features(loudness)


def momentary_curve(moments: Iterable[tuple[float, float]]) -> Curve | None:
    """Return momentary values (seconds, LUFS), as the meter stamps them, as a curve; what has none is silence.

    None where all is silence.
    """
    values: dict[int, float] = {}
    for time, loudness in moments:
        step = math.floor((time + _WINDOW_MIDDLE_S + 1e-6) / float(SOUND_STEP))
        if step >= 0 and math.isfinite(loudness):
            values[step] = max(SILENCE_LUFS, loudness)
    if not values or max(values.values()) <= SILENCE_LUFS:
        return None
    return Curve.of(SOUND_STEP, tuple(values.get(step, SILENCE_LUFS) for step in range(max(values) + 1)))


@dataclass
class _Heard:
    """What came out of the filters at once."""

    second: int
    """How far into the film."""
    loudness: list[tuple[float, float]] = field(default_factory=list)
    """Seconds and LUFS."""
    samples: list[NDArray[np.int16]] = field(default_factory=list)
    """Mono at 16 kHz; all of them one after another begin with the film's first picture."""


def _heard(path: Path, facts: MediaFacts, index: int) -> Iterator[_Heard]:
    """Decode a sound through the filters; these are made anew where its rate, layout or format changes."""
    filters: _Filters | None = None
    sample_count, last = 0, int(facts.duration) + _OUTSIDE_S
    with open_media(path) as container:
        stream = container.streams[index]
        stamps = _Stamps(facts.picture.start, Fraction(stream.time_base or 1))
        for number, frame in enumerate(_decoded(container, stream), start=1):
            second = stamps.put_on(frame) // frame.sample_rate
            if not -_OUTSIDE_S <= second <= last:
                continue
            shape = frame.sample_rate, frame.format.name, frame.layout.name
            if filters is None or filters.shape != shape:
                if filters is not None:
                    yield filters.rest(second)
                    sample_count += filters.sample_count
                filters = _filters_for(shape, first_sample=sample_count)
            if filters is None:
                continue
            filters.push(frame)
            if number % _PUSHED_AT_ONCE == 0:
                yield filters.heard(second)
        if filters is not None:
            yield filters.rest(int(facts.duration))


class _Stamps:
    """Say when frames are heard, in samples since the film's first picture.

    Containers round to ticks, Matroska to milliseconds; where frames follow one another, the rounding goes.
    """

    def __init__(self, picture_start: Fraction, tick: Fraction) -> None:
        self._start, self._tick = picture_start, tick
        self._rate, self._next = 0, 0

    def put_on(self, frame: Any) -> int:
        """Give a decoded frame its time, and return it; one without goes on from the last."""
        rate = frame.sample_rate
        if rate != self._rate:
            self._begin(rate)
        stamp = self._next
        if frame.pts is not None:
            # Halves of a sample rather than Fractions: there are hundreds of thousands of frames.
            told = (frame.pts * self._scale - self._origin + self._half) // (2 * self._half)
            if abs(told - stamp) > self._slack:
                stamp = told
        frame.pts, frame.time_base = stamp, self._sample
        self._next = stamp + frame.samples
        return stamp

    def _begin(self, rate: int) -> None:
        scale, origin = self._tick * rate, self._start * rate
        whole = math.lcm(scale.denominator, origin.denominator)
        self._scale, self._origin, self._half = int(scale * 2 * whole), int(origin * 2 * whole), whole
        self._slack, self._sample = scale + 1, Fraction(1, rate)
        self._next = self._next * rate // self._rate if self._rate else 0
        self._rate = rate


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the frames of a sound, without those that are damaged, to where the file ends or breaks off."""
    import av

    stream.codec_context.thread_count = 1
    packets = packets_of(container, stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _filters_for(shape: tuple[int, str, str], *, first_sample: int) -> _Filters | None:
    """Return the filters of a shape; None for more channels than anything knows how to mix."""
    import av

    try:
        return _Filters(shape, first_sample=first_sample)
    except av.FFmpegError:
        return None


class _Filters:
    """A meter, and beside it a resampler to mono at 16 kHz in 16 bits, for frames of one shape."""

    def __init__(self, shape: tuple[int, str, str], *, first_sample: int) -> None:
        from av.filter import Graph

        self.shape = shape
        self.sample_count = 0
        rate, sample_format, layout = shape
        graph = self._graph = Graph()
        graph.threads = 1
        self._source = graph.add_abuffer(sample_rate=rate, format=sample_format, layout=layout)
        both = graph.add("asplit")
        graph.link_nodes(self._source, both)
        self._meter, self._samples = graph.add("abuffersink"), graph.add("abuffersink")
        meter = graph.add("ebur128", "metadata=1:framelog=quiet")
        # first_pts, in samples of what comes in, pads or trims, so that sample 0 is heard with the first picture; async
        # fills gaps in the time stamps with silence.
        first_pts = first_sample * rate // SAMPLE_RATE
        resampler = graph.add("aresample", f"{SAMPLE_RATE}:async=1:first_pts={first_pts}")
        mono = graph.add("aformat", "sample_fmts=s16:channel_layouts=mono")
        both.link_to(meter, 0, 0)
        both.link_to(resampler, 1, 0)
        graph.link_nodes(meter, self._meter)
        graph.link_nodes(resampler, mono, graph.add("asetnsamples", f"{SAMPLE_RATE}:pad=0"), self._samples)
        graph.configure()

    def push(self, frame: Any) -> None:
        """Take a decoded frame."""
        self._source.push(frame)

    def heard(self, second: int) -> _Heard:
        """Return what is ready."""
        heard = _Heard(second)
        for frame in _ready(self._meter):
            if _MOMENTARY in frame.metadata:
                heard.loudness.append((float(frame.pts * frame.time_base), float(frame.metadata[_MOMENTARY])))
        for frame in _ready(self._samples):
            heard.samples.append(frame.to_ndarray()[0])
            self.sample_count += frame.samples
        return heard

    def rest(self, second: int) -> _Heard:
        """Return all that is left; nothing can be pushed afterwards."""
        self._source.push(None)
        return self.heard(second)


def _ready(sink: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return


class _Listener:
    """Listens to the samples as they come, a block at a time."""

    def __init__(self) -> None:
        from pipeline.plan.listening import MusicListener, OnsetListener
        from pipeline.shell.voices import VoiceListener

        self._held: list[NDArray[np.int16]] = []
        self._count = 0
        self._onsets, self._music, self._voices = OnsetListener(), MusicListener(), VoiceListener()

    def take(self, pieces: list[NDArray[np.int16]]) -> None:
        """Take the next samples."""
        self._held += pieces
        self._count += sum(len(piece) for piece in pieces)
        if self._count >= _BLOCK:
            self._listen()

    def features(self, loudness: Curve) -> SoundFeatures:
        """Return what was heard, in curves as long as that of the loudness."""
        self._listen()
        count = len(loudness.hundredths)
        return SoundFeatures(
            loudness=loudness,
            speech=Curve.of(SOUND_STEP, self._voices.likelihood(count)),
            music=Curve.of(SOUND_STEP, self._music.likelihood(count)),
            onsets=self._onsets.onsets(),
        )

    def _listen(self) -> None:
        import numpy as np

        samples = np.concatenate([np.zeros(0, np.int16), *self._held])
        self._held, self._count = [], 0
        floats = np.divide(samples, 32768, dtype=np.float32)
        self._onsets.take(floats)
        self._music.take(floats)
        self._voices.take(samples)
