"""The same recipe gives the same bytes, however busy the machine is and near its cap as well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

from pipeline.edit import Edit, MasterSpan
from pipeline.plan.clips import Film, plan_picture
from pipeline.plan.streams import PictureStream
from pipeline.shell.ledger import Ledger
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import study_master
from pipeline.timebase import FrameRate, Span
from tests.masters.studio import ffmpeg

RATE = FrameRate.parse("24")
SECONDS = 4


def test_noise_at_its_cap_is_encoded_to_the_same_bytes_every_time(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    # Scenes that begin anew while the buffer is full: what is planned for one frame depends on how the last ones went.
    noise = f"testsrc2=s=360x360:r=24:d={SECONDS},noise=alls=60:allf=t,hue=h='floor(t)*70'"
    ffmpeg("-f", "lavfi", "-i", noise, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", path)
    study = study_master(path, store=Store(tmp_path / "study"), ledger=Ledger(tmp_path / "ledger.sqlite3"))
    films = {study.digest: Film(study.digest, study.facts, study.analysis.timeline)}
    stream = PictureStream(360, 360, RATE, 48, 2, None, 1000, "crop", Fraction(1))
    edit = Edit("noise", (MasterSpan(study.digest, Span(Fraction(0), Fraction(SECONDS))),))
    node = plan_picture(edit, stream, films)

    def encode(number: int) -> tuple[str, int]:
        workshop = Workshop(Store(tmp_path / f"store-{number}"), "test", {study.digest: path})
        artifact = next(iter(workshop.make_pictures([node]).values())).artifact
        return artifact.sha256, artifact.size

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(encode, range(6)))
    ((_, size),) = made
    assert size * 8 / SECONDS > 700_000, "the cap was near"
