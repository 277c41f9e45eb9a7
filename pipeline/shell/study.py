"""What is known of one master: its digest, facts, shots and features, each worked out once and then kept in the store.

Shots and features are artifacts of their own: `matinee shots` needs no features, and new rules for one leave the other.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pipeline.argv import recipe_key
from pipeline.errors import MasterError, MasterOutOfReach
from pipeline.facts import FACTS, FACTS_VERSION, MediaFacts
from pipeline.plan import features as feature_values
from pipeline.plan import shots as shot_values
from pipeline.plan.features import FilmFeatures, features_from_json, features_to_json
from pipeline.plan.shots import FilmAnalysis, ShotList, shots_from_json, shots_to_json
from pipeline.shell.digests import DigestReader, unreadable
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.probe import check_readable, probe
from pipeline.shell.store import Artifact, Store

if TYPE_CHECKING:
    from pipeline.shell.features import PictureMeter
    from pipeline.shell.shots import Thoroughness

Trust = Literal["identity", "bytes"]
"""Whether a remembered digest is believed for an unchanged file, or the bytes are read again."""

OnFraction = Callable[[float], None]

# What the results depend on besides the film and our own rules, which count through their versions.
_SHOT_PACKAGES: Final = ("av", "opencv-python", "numpy")
_FEATURE_PACKAGES: Final = ("av", "opencv-python", "numpy", "earshot")
# A film may end this much before what its container claims: sound is often a little longer than picture.
_SHORTFALL_S: Final = Fraction(2)
_SHORTFALL_SHARE: Final = Fraction(1, 50)
# Of the whole study's time, for showing progress.
_SHOTS_SHARE: Final = 0.6


@dataclass(frozen=True)
class ShotStudy:
    """The shots of one master, as known."""

    path: Path
    digest: str
    facts: MediaFacts
    shots: ShotList
    artifact: Artifact
    thumbnails: Artifact
    """A small JPEG of each shot, see `shell/thumbnails`."""
    is_new: bool
    identity: FileIdentity
    """The file's while it was studied."""


@dataclass(frozen=True)
class Study(ShotStudy):
    """One master as known: its shots, and what it is like from moment to moment."""

    features: FilmFeatures
    features_artifact: Artifact

    @functools.cached_property
    def analysis(self) -> FilmAnalysis:
        """Shots and features together, as planning takes them."""
        return FilmAnalysis(self.shots, self.features)


def study_shots(
    path: Path,
    *,
    store: Store,
    ledger: Ledger,
    trust: Trust = "identity",
    thoroughness: Thoroughness = "fast",
    on_fraction: OnFraction | None = None,
) -> ShotStudy:
    """Return the shots of a master, finding them where they are not known; no sound is decoded.

    Shots that were found the exact way and the fast way are kept apart.

    Raises MasterError where it cannot be used: no media, no picture, cut off, changed while being read.
    """
    return _Desk(path, store, DigestReader(_readable(path), ledger, trust=trust), trust, thoroughness).shots(
        on_fraction
    )


def study_master(
    path: Path, *, store: Store, ledger: Ledger, trust: Trust = "identity", on_fraction: OnFraction | None = None
) -> Study:
    """Return what is known of a master, finding out what is not. Raises MasterError as `study_shots` does."""
    desk = _Desk(path, store, DigestReader(_readable(path), ledger, trust=trust), trust, purpose="features")
    told = on_fraction or (lambda _: None)
    found = desk.shots(lambda fraction: told(fraction * _SHOTS_SHARE))
    return desk.features(found, lambda fraction: told(_SHOTS_SHARE + fraction * (1 - _SHOTS_SHARE)))


def recall_shots(
    path: Path, *, digest: str, identity: FileIdentity, store: Store, thoroughness: Thoroughness = "fast"
) -> ShotStudy | None:
    """Return the shots that the store has of a master's bytes; None where it has none. No master is opened."""
    tools = _tools_of(thoroughness)
    artifact, thumbnails = (store.find(_key(kind, tools, digest)) for kind in ("shots", "thumbnails"))
    if artifact is None or thumbnails is None:
        return None
    document = json.loads(artifact.path.read_bytes())
    facts = facts_from_json(document["facts"])
    found = shots_from_json(document["shots"])
    return ShotStudy(path, digest, facts, found, artifact, thumbnails, False, identity)


def is_studied(digest: str, store: Store) -> bool:
    """Tell whether the store here has the shots of a master's bytes."""
    return store.find_here(_key("shots", _tools_of("fast"), digest)) is not None


def recall_master(path: Path, *, digest: str, identity: FileIdentity, store: Store) -> Study | None:
    """Return all that the store has of a master's bytes; None where anything is missing. No master is opened."""
    artifact = store.find(_key("features", feature_tools(), digest))
    found = None if artifact is None else recall_shots(path, digest=digest, identity=identity, store=store)
    if found is None or artifact is None:
        return None
    return _with_features(found, features_from_json(artifact.path.read_text()), artifact)


def check_complete(path: Path, found: ShotList) -> None:
    """Raise MasterError for a film whose pictures end well before its container says."""
    decoding = found.decoding
    missing = decoding.claimed_end - decoding.decoded_end
    if missing > max(_SHORTFALL_S, decoding.claimed_end * _SHORTFALL_SHARE):
        raise MasterError.of(
            path,
            f"is cut off: it says {float(decoding.claimed_end):.1f} s, but its pictures end at "
            f"{float(decoding.decoded_end):.1f} s.",
            remedy="Copy or export it again.",
        )


@dataclass
class _Desk:
    """One master being studied."""

    path: Path
    store: Store
    reader: DigestReader
    trust: Trust
    thoroughness: Thoroughness = "fast"
    purpose: Literal["shots", "features"] = "shots"
    meter: PictureMeter | None = None
    """What measured pictures for the features while shots were found."""

    def shots(self, on_fraction: OnFraction | None) -> ShotStudy:
        """Return the master's shots from the store, or find them and keep them there."""
        digest = self.reader.known or (self.reader.result() if self.trust == "bytes" else None)
        known = self._known_shots(digest) if digest is not None else None
        return known or self._find_shots(on_fraction)

    def features(self, found: ShotStudy, on_fraction: OnFraction | None) -> Study:
        """Return the study that has the features of a master as well, measured where the store lacks them."""
        key = _key("features", feature_tools(), found.digest)
        artifact, is_new = self.store.find(key), False
        if artifact is None:
            from pipeline.shell.features import measure_features

            duration = found.shots.timeline.duration
            features = measure_features(
                self.path, found.facts, duration=duration, meter=self.meter, on_progress=on_fraction
            )
            says = {"made_by": "features", "inputs": [found.digest], "toolchain": feature_tools()}
            self.reader.result()  # raises where the file changed meanwhile
            content = features_to_json(features).encode()
            artifact, is_new = self.store.make(key, ".json", _written(content, says))
        else:
            features = features_from_json(artifact.path.read_text())
        return _with_features(replace(found, is_new=found.is_new or is_new), features, artifact)

    @property
    def _toolchain(self) -> str:
        return _tools_of(self.thoroughness)

    def _find_shots(self, on_fraction: OnFraction | None) -> ShotStudy:
        from pipeline.shell.shots import find_shots
        from pipeline.shell.thumbnails import thumbnails_to_zip

        facts = probe(self.path)
        self.meter = self._meter(facts)
        watching = None if self.meter is None else self.meter.watching()
        self.reader.start()
        try:
            found = find_shots(
                self.path, facts, thoroughness=self.thoroughness, watching=watching, on_progress=on_fraction
            )
            check_complete(self.path, found.shots)
        except MasterError as error:
            # Not all demuxers tell a drive that does not answer from the end of the file.
            refused = None if isinstance(error, MasterOutOfReach) else self.reader.why_refused()
            self.reader.stop()
            if refused is not None:
                raise unreadable(self.path, refused) from refused
            raise
        except BaseException:
            self.reader.stop()
            raise
        digest = self.reader.result()
        document = {"facts": facts_to_json(facts), "shots": shots_to_json(found.shots)}
        says = {"made_by": "shots", "inputs": [digest], "toolchain": self._toolchain, "way": self.thoroughness}
        pictures = thumbnails_to_zip(found.thumbnails)
        artifact, is_new = self.store.make(
            _key("shots", self._toolchain, digest),
            ".json",
            _written(json.dumps(document).encode(), says),
        )
        thumbnails, _ = self.store.make(_key("thumbnails", self._toolchain, digest), ".zip", _written(pictures, says))
        return ShotStudy(
            self.path, digest, facts, found.shots, artifact, thumbnails, is_new, identity=self.reader.identity
        )

    def _meter(self, facts: MediaFacts) -> PictureMeter | None:
        """Return what measures pictures for features beside finding shots; None where nobody needs that."""
        known = self.reader.known
        if self.purpose == "shots" or (known is not None and self.store.find(_key("features", feature_tools(), known))):
            return None
        from pipeline.shell.features import PictureMeter

        return PictureMeter(self.path, facts)

    def _known_shots(self, digest: str) -> ShotStudy | None:
        return recall_shots(
            self.path,
            digest=digest,
            identity=self.reader.identity,
            store=self.store,
            thoroughness=self.thoroughness,
        )


def _readable(path: Path) -> Path:
    check_readable(path)
    return path


def _with_features(found: ShotStudy, features: FilmFeatures, artifact: Artifact) -> Study:
    known = {field.name: getattr(found, field.name) for field in fields(found)}
    return Study(**known, features=features, features_artifact=artifact)


def _written(content: bytes, says: dict[str, Any]) -> Callable[[Path], dict[str, Any]]:
    """Return what makes an artifact of content that is there already, and what its receipt says."""

    def produce(target: Path) -> dict[str, Any]:
        target.write_bytes(content)
        return says

    return produce


def _key(kind: str, tools: str, digest: str) -> str:
    return recipe_key(kind, tools, (digest,))


def _tools_of(thoroughness: Thoroughness) -> str:
    return f"{_shot_tools()}, {thoroughness}"


@functools.cache
def _shot_tools() -> str:
    return f"{_versions(_SHOT_PACKAGES)}, rules {shot_values.VERSION}, facts {FACTS_VERSION} {_facts_shape()}"


@functools.cache
def feature_tools() -> str:
    """Return what features depend on besides the film: packages with their versions, and our own rules'."""
    return f"{_versions(_FEATURE_PACKAGES)}, features {feature_values.VERSION}"


def facts_to_json(facts: MediaFacts) -> Any:
    """Return facts as JSON values."""
    return json.loads(_facts_schema().dump_json(facts))


def facts_from_json(values: Any) -> MediaFacts:
    """Return the facts that `facts_to_json` made values of."""
    facts: MediaFacts = _facts_schema().validate_json(json.dumps(values))
    return facts


def _versions(packages: tuple[str, ...]) -> str:
    return ", ".join(f"{package} {version(package)}" for package in packages)


def _facts_shape() -> str:
    """Return a short digest of what facts consist of: facts of another shape are not what today's code reads."""
    shape = [(kind.__name__, field.name, str(field.type)) for kind in FACTS for field in fields(kind)]
    return hashlib.sha256(repr(shape).encode()).hexdigest()[:8]


@functools.cache
def _facts_schema() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(MediaFacts)
