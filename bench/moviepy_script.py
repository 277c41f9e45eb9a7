"""One clip as one would write it by hand with MoviePy; started by `clips` as a program of its own."""

from __future__ import annotations

import sys

from moviepy import VideoFileClip


def main() -> None:
    """Cut, crop, scale and encode, with the film's sound, as the arguments say: ffmpeg's for the picture last."""
    film, target, *rest = sys.argv[1:]
    start, end, fps = (float(number) for number in rest[:3])
    left, top, width, height, out_width, out_height, kbps = (int(number) for number in rest[3:10])
    with VideoFileClip(film, audio=kbps > 0) as clip:
        passage = clip.subclipped(start, end).cropped(x1=left, y1=top, width=width, height=height)
        passage.resized((out_width, out_height)).write_videofile(
            target,
            fps=fps,
            codec="libx264",
            pixel_format="yuv420p",
            audio_codec="aac",
            audio_bitrate=f"{kbps}k",
            ffmpeg_params=rest[10:],
            logger=None,
        )


if __name__ == "__main__":
    main()
