"""The demo film's frames, one after another: each shot painted, moved by its camera, joined to the next, finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np

from pipeline.shell.demo.canvas import Frame, Painter, Stage
from pipeline.shell.demo.script import FPS, Camera, DemoScript, Shot

_THREADS, _AHEAD = 2, 6
_THREADS, _AHEAD = 2, 6
_GRAIN_TILES = 12
_BLACK_FRAMES = 4  # at the middle of a fade


def frames(script: DemoScript) -> Iterator[Frame]:
    """Yield every frame of the film, blue, green, red; the same script gives the same bytes every time.

    Frames are painted on threads, a few ahead of the one that is taken: OpenCV draws outside Python's lock.
    """
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="demo") as threads:
        ahead: deque[Future[Frame]] = deque()
        try:
            for paint in _paints(script, threads):
                ahead.append(threads.submit(paint))
                if len(ahead) > _AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def _paints(script: DemoScript, threads: ThreadPoolExecutor) -> Iterator[Callable[[], Frame]]:
    """Yield what paints each frame; a shot's static layers are painted while the shot before it is shown."""
    stage = Stage(script.width, script.height)
    finish = _Finish(stage)
    leaving: Painter | None = None
    coming = threads.submit(script.shots[0].scene, stage)
    for index, start in enumerate(script.starts):
        painter = coming.result()
        if index + 1 < len(script.shots):
            coming = threads.submit(script.shots[index + 1].scene, stage)
        for at in range(script.shots[index].frames):
            yield partial(_joined, script, index, at, (leaving, painter), finish, start + at)
        leaving = painter


def _joined(
    script: DemoScript, index: int, at: int, painters: tuple[Painter | None, Painter], finish: _Finish, number: int
) -> Frame:
    """Return a shot's finished frame, mixed with the shot before it or darkened where its transition says so."""
    shot = script.shots[index]
    leaving, painter = painters
    frame = finish.applied(_filmed(shot, painter, at), shot, number)
    if shot.entry == "dissolve" and at < shot.entry_frames and leaving is not None:
        before = script.shots[index - 1]
        old = finish.applied(_filmed(before, leaving, before.frames + at), before, number)
        share = (at + 1) / (shot.entry_frames + 1)
        frame = np.asarray(cv2.addWeighted(frame, share, old, 1 - share, 0), np.uint8)
    gain = _brightness(script, index, at)
    return frame if gain == 1 else np.asarray(cv2.convertScaleAbs(frame, alpha=gain), np.uint8)


def _filmed(shot: Shot, painter: Painter, at: int) -> Frame:
    """Return a shot's frame as the camera sees it; one past its length goes on as it was going."""
    return _zoomed(painter(at / FPS), shot.camera, at / shot.frames)


def _zoomed(frame: Frame, camera: Camera, along: float) -> Frame:
    if camera.start == camera.end == 1:
        return frame
    scale = camera.start + (camera.end - camera.start) * along
    height, width = frame.shape[:2]
    x, y = camera.towards[0] * width, camera.towards[1] * height
    move = np.array([[scale, 0, x * (1 - scale)], [0, scale, y * (1 - scale)]], np.float64)
    return np.asarray(cv2.warpAffine(frame, move, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _brightness(script: DemoScript, index: int, at: int) -> float:
    """Return how bright a frame is inside a fade to black and up, 1 outside."""
    gain = 1.0
    shot = script.shots[index]
    if shot.entry == "fade" and index > 0:
        gain = min(gain, _fade_gain(at, shot.entry_frames))
    if index + 1 < len(script.shots) and script.shots[index + 1].entry == "fade":
        gain = min(gain, _fade_gain(shot.frames - 1 - at, script.shots[index + 1].entry_frames))
    return gain


def _fade_gain(away: int, length: int) -> float:
    half, dark = length // 2, _BLACK_FRAMES // 2
    return min(1.0, max(0.0, (away + 1 - dark) / (half + 1 - dark)))


class _Finish:
    """Film grain, and corners that fall off a little."""

    def __init__(self, stage: Stage) -> None:
        shape = (stage.height + 64, stage.width + 64)
        noise = np.random.default_rng(1).normal(0, 1.1, shape)
        lighter, darker = np.clip(noise, 0, 9), np.clip(-noise, 0, 9)
        self._lighter, self._darker = (
            np.repeat(np.rint(part).astype(np.uint8)[:, :, None], 3, axis=2) for part in (lighter, darker)
        )
        ys, xs = np.linspace(-1, 1, stage.height)[:, None], np.linspace(-1, 1, stage.width)[None, :]
        corners = np.rint(255 * (1 - 0.17 * np.clip((xs**2 + ys**2) / 2, 0, 1) ** 1.5)).astype(np.uint8)
        self._corners = np.repeat(corners[:, :, None], 3, axis=2)
        self._offsets = np.random.default_rng(2).integers(0, 64, (_GRAIN_TILES, 4))

    def applied(self, frame: Frame, shot: Shot, number: int) -> Frame:
        """Return the frame finished, in place."""
        if shot.finish == "plain":
            return frame
        height, width = frame.shape[:2]
        y0, x0, y1, x1 = (int(v) for v in self._offsets[number % _GRAIN_TILES])
        cv2.multiply(frame, self._corners, dst=frame, scale=1 / 255)
        cv2.add(frame, self._lighter[y0 : y0 + height, x0 : x0 + width], dst=frame)
        cv2.subtract(frame, self._darker[y1 : y1 + height, x1 : x1 + width], dst=frame)
        return frame
        return frame
