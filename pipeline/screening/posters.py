"""The picture that stands for each film of a block: its package's, or where none is made one frame of its master."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterable
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.edit import Edit, MasterSpan
from pipeline.film import Film as FilmFile
from pipeline.film import overlaid, resolve_times
from pipeline.graph import PictureEncode, Poster
from pipeline.package.assembly import assembly_of
from pipeline.package.block import BlockPlan
from pipeline.package.outputs import poster_of
from pipeline.plan.clips import Film, plan_picture
from pipeline.plan.storyboard import choose_picture
from pipeline.plan.streams import PictureStream
from pipeline.shell.home import Home
from pipeline.shell.ledger import Ledger
from pipeline.shell.pixels.small import small_size
from pipeline.shell.projects import FILM_FILE, films_told, find_project
from pipeline.shell.render import Workshop
from pipeline.shell.sheet_pictures import LONGEST_SIDE_PX
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.toolchain import describe_toolchain
from pipeline.timebase import Span

_VERSION: Final = "1"
"""Of how interesting pictures are; raised when the same thumbnails would count otherwise."""


def package_posters(plan: BlockPlan) -> dict[str, Path]:
    """Return the posters of a block whose package has been made, by the digests of its films."""
    return {
        leg.plan.subject.main.digest: poster_of(assembly_of(leg.plan)).path
        for leg in plan.legs
        if leg.title is not None
    }


def master_posters(studies: Iterable[ShotStudy], home: Home) -> dict[str, Path]:
    """Return a poster of each film as large as run sheets show it, by its digest; kept in the store.

    It is chosen as a package's is: the `poster_frame` of film.toml, else the most interesting of the pictures of shots.
    Raises ProjectError for a film.toml, MasterError, FfmpegFailed or VerifyFailed for a master that cannot be decoded.
    """
    return {study.digest: _poster(study, home) for study in studies}


def _poster(study: ShotStudy, home: Home) -> Path:
    store = Store(home.store)
    told = _told_frame(study, home)
    node = _one_picture(study, _most_interesting(study, store) if told is None else told)
    workshop = Workshop(
        store,
        describe_toolchain(Ledger(home.ledger)),
        {study.digest: study.path.absolute()},
        {study.digest: study.identity},
    )
    poster = Poster(workshop.picture_key(node), Fraction(0))
    kept = store.find(workshop.poster_key(poster))
    if kept is None:
        workshop.make_pictures([node])
        kept = workshop.make_poster(poster).artifact
    return kept.path


def _told_frame(study: ShotStudy, home: Home) -> int | None:
    """Return the frame that people want to stand for the film; None where they named none that it has."""
    project = find_project(home.projects, study.digest)
    files = films_told(project, study.path, study.digest)
    film = functools.reduce(overlaid, files.values(), FilmFile())
    says = next((path for path in reversed(files) if "poster_frame" in files[path].model_fields_set), Path(FILM_FILE))
    timeline = study.shots.timeline
    wanted = resolve_times(film, timeline.rate, path=says).poster_frame
    return None if wanted is None or not 0 <= wanted < timeline.duration else timeline.frame_at(wanted)


def _most_interesting(study: ShotStudy, store: Store) -> int:
    """Return the frame of the shots' thumbnails that has most to see; how much each has is worked out once and kept."""

    def produce(target: Path) -> dict[str, Any]:
        import numpy as np
        from PIL import Image

        from pipeline.shell.storyboard import interest
        from pipeline.shell.thumbnails import thumbnails_from_zip

        found = []
        for one in thumbnails_from_zip(study.thumbnails.path.read_bytes()):
            with Image.open(io.BytesIO(one.jpeg)) as picture:
                seen = interest(np.asarray(picture.convert("RGB")))
                found.append((one.frame, round(seen, 3)))
        target.write_text(json.dumps(found))
        return {"made_by": "interests", "inputs": [study.thumbnails.key]}

    key = recipe_key("interests", _VERSION, (study.thumbnails.key, f"pillow {version('pillow')}"))
    frames, interests = zip(*json.loads(store.make(key, ".json", produce)[0].path.read_text()), strict=True)
    return int(frames[choose_picture(interests)])


def _one_picture(study: ShotStudy, frame: int) -> PictureEncode:
    """Return the node that decodes one frame, upright and in BT.709 as all that is encoded of a film is."""
    timeline, picture = study.shots.timeline, study.facts.picture
    size = small_size(picture, min(LONGEST_SIDE_PX, max(picture.display_size)))
    stream = PictureStream.whole(size, timeline.rate, keyframe=1)
    shown = MasterSpan(study.digest, Span(timeline.time_of(frame), timeline.time_of(frame + 1)))
    films = {study.digest: Film(study.digest, study.facts, timeline)}
    return plan_picture(Edit("poster", (shown,)), stream, films, frames=[1])
