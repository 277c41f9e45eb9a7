"""What playing a variant can demand of a network: its own stream and the dearest of each of its groups."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from pipeline.plan.hls.package import Package, Stream
from pipeline.plan.hls.rates import Rates
from pipeline.playlists import IframeVariant, MediaType, Variant

_GROUPS: Final[tuple[tuple[str, MediaType], ...]] = (("audio", "AUDIO"), ("video", "VIDEO"), ("subtitles", "SUBTITLES"))


def demand_of(variant: Variant | IframeVariant, package: Package) -> Rates | None:
    """Return the largest sums of rates that a player of a variant can come to (RFC 8216, 4.3.4.2; Apple 9.13).

    None where a stream that belongs to it could not be read whole.
    """
    parts = [_known(package.stream(variant.uri))]
    if isinstance(variant, Variant) and package.choices is not None:
        for attribute, kind in _GROUPS:
            members = package.choices.group(kind, getattr(variant, attribute))
            rates = [_known(package.stream(one.uri)) for one in members if one.uri not in (None, variant.uri)]
            parts.append(_dearest(rates))
    known = [one for one in parts if one is not None]
    if len(known) < len(parts):
        return None
    return Rates(sum((one.peak for one in known), Fraction(0)), sum((one.average for one in known), Fraction(0)))


def _dearest(rates: list[Rates | None]) -> Rates | None:
    """Return the highest peak and the highest average of a group; None where a member is not known."""
    known = [one for one in rates if one is not None]
    if len(known) < len(rates):
        return None
    return Rates(max((one.peak for one in known), default=Fraction(0)),
                 max((one.average for one in known), default=Fraction(0)))  # fmt: skip


def _known(stream: Stream | None) -> Rates | None:
    return None if stream is None or stream.fault is not None else stream.rates
