"""How the CRFs of each codec's encoder go: which are sensible, and what they come to beside those of libx264."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.codecs import Codec


@dataclass(frozen=True)
class CrfScale:
    """The CRFs of one encoder, and the line, with one bend at most, along which libx264's show shots as well."""

    finest: Fraction
    """What nobody sees any more; a target that asks for more is out of a size's reach."""
    coarsest: Fraction
    """What looks broken, whatever VMAF says."""
    octaves: float
    """By how many of them bits fall with a step of CRF."""
    x264_at_0: float = 0.0
    x264_per_crf: float = 1.0
    bend: float = math.inf
    """The CRF from which on a step is worth more."""
    x264_per_crf_beyond: float = 1.0
    smallest_tried: Fraction = Fraction(36)
    """At which the smallest size of a shot is tried."""
    other_tried: Fraction = Fraction(28)
    """At which a larger size is."""

    def as_x264(self, crf: float) -> float:
        """Return the CRF at which libx264 shows a shot as well."""
        if crf > self.bend:
            return self.as_x264(self.bend) + self.x264_per_crf_beyond * (crf - self.bend)
        return self.x264_at_0 + self.x264_per_crf * crf

    def own(self, x264_crf: float) -> float:
        """Return the CRF at which a shot is shown as well as by libx264."""
        bent = self.as_x264(self.bend)
        if x264_crf > bent:
            return self.bend + (x264_crf - bent) / self.x264_per_crf_beyond
        return (x264_crf - self.x264_at_0) / self.x264_per_crf


CRF_SCALES: Final[Mapping[Codec, CrfScale]] = {
    # Bits double every six steps of CRF and a little.
    "h264": CrfScale(finest=Fraction(16), coarsest=Fraction(38), octaves=0.16),
    # libx265 4.3, "medium", and SVT-AV1 4.2, preset 8: with these lines, CRFs that are chosen from two trials come
    # nearest to their targets, on fifteen shots of Big Buck Bunny in four sizes: 1.3 and 1.1 VMAF from them (rms).
    "hevc": CrfScale(
        finest=Fraction(15), coarsest=Fraction(38), octaves=0.17, x264_at_0=10.0, x264_per_crf=0.8, bend=28,
        x264_per_crf_beyond=1.2,
        smallest_tried=Fraction(33), other_tried=Fraction(26),
    ),
    "av1": CrfScale(
        finest=Fraction(18), coarsest=Fraction(60), octaves=0.079, x264_at_0=14.5, x264_per_crf=0.43,
        smallest_tried=Fraction(56), other_tried=Fraction(38),
    ),
}  # fmt: skip
