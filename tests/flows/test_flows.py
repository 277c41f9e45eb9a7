"""The flows in Prefect's test harness: `cut-clips` over a library that answers at once and can be told to fail, and
`package-hls` over the real one."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import imageio_ffmpeg
import pytest

from flows.markup import escape_markup
from pipeline.errors import FfmpegStalled, MasterError, PresetError, StoreError
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.runs import read_runs
from pipeline.shell.store import Store

pytestmark = pytest.mark.usefixtures("harness")

PIXEL = bytes.fromhex("ffd8ffe0")


@dataclass(frozen=True)
class Step:
    name: str
    keys: tuple[str, ...] = ("a" * 64,)


@dataclass(frozen=True)
class Named:
    id: str
    name: str


@dataclass(frozen=True)
class Planned:
    highlight: Named
    platform: Named


@dataclass(frozen=True)
class Plan:
    master: Path
    steps: tuple[Step, ...]
    clips: tuple[Planned, ...]
    refused: tuple[Refused, ...] = ()
    region: Named | None = None
    variants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Refused:
    name: str
    why: str


@dataclass(frozen=True)
class Clip:
    highlight: str
    platform: str
    path: Path
    sha256: str
    seconds: Fraction
    made: str
    loudness_text: str = "-21.1, not -14"


@dataclass(frozen=True)
class Result:
    folder: Path
    clips: tuple[Clip, ...]
    contact_sheet: Path
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ("its sound is *mono*",)
    kept: tuple[Path, ...] = (Path("mine.kept-1.mp4"),)
    region: str = ""


@dataclass
class Library:
    """What the flow calls of the library, with a note of every call."""

    folder: Path
    calls: list[str] = field(default_factory=list)
    requests: list[SimpleNamespace] = field(default_factory=list)
    stalls: int = 0
    runs: list[tuple[str, str]] = field(default_factory=list)
    refused: tuple[Refused, ...] = ()

    def make_request(self, **fields: Any) -> SimpleNamespace:
        if fields["highlights"] == "nosuch":
            raise PresetError("There is no highlight preset 'nosuch'.")
        self.requests.append(SimpleNamespace(**fields))
        return self.requests[-1]

    def analyse(self, master: Path, _request: SimpleNamespace, on_fraction: Callable[[float], None]) -> Path:
        on_fraction(0.5)
        self.calls.append(f"analyse {master.name}")
        if "bad" in master.name:
            raise MasterError.of(master, "is not a film")
        return master

    def plan_film(self, analysis: Path, request: SimpleNamespace) -> tuple[Plan, ...]:
        steps = tuple(Step(f"{analysis.stem}-{platform}") for platform in request.platforms)
        clips = tuple(Planned(Named("moment-1", ""), Named(platform, platform)) for platform in request.platforms)
        regions = [Named(name, name.upper()) for name in request.regions or ()] or [None]
        told = (("moment-1", "as told"),)
        # What one region's steps make, those of the next find.
        return tuple(
            Plan(analysis, () if number else steps, clips, region=one, variants=told if one else ())
            for number, one in enumerate(regions)
        )

    def put_variants(self, plans: tuple[Plan, ...]) -> None:
        if plans[0].region is not None:
            self.calls.append("variants " + " ".join(plan.region.id for plan in plans if plan.region))

    def render_step(self, step: Step, on_progress: Callable[[float, float | None], None]) -> None:
        self.calls.append(f"render {step.name}")
        self.runs += [(run.what, run.path.name) for run in read_runs(find_home().runs)]
        with pytest.raises(StoreError, match="A run is using the store"), Store(find_home().store).alone():
            pass
        on_progress(0.5, 1.0)
        if self.stalls:
            self.stalls -= 1
            raise FfmpegStalled.of(("ffmpeg",), exit_code=None, stderr_tail="", reason="no sign of life")

    def finish(self, plan: Plan) -> Result:
        sheet = self.folder / "sheet.jpg"
        sheet.write_bytes(PIXEL)
        clips = tuple(
            Clip(
                "moment-1",
                step.name.rpartition("-")[2],
                self.folder / f"{step.name}.mp4",
                "a" * 64,
                Fraction(45),
                "rendered",
            )
            for step in plan.steps
        )
        return Result(self.folder, clips, sheet, self.refused, region="" if plan.region is None else plan.region.id)

    def record_verdicts(self, result: Result) -> None:
        ledger = Ledger(self.folder / "store" / "ledger.sqlite3")
        found = [
            (clip.platform, ledger.verdict_on(digest=clip.sha256, platform=clip.platform)) for clip in result.clips
        ]
        self.calls.append("verdicts " + " ".join(f"{platform}:{entry.verdict}" for platform, entry in found if entry))


@pytest.fixture(autouse=True)
def library_of_clips(request: pytest.FixtureRequest) -> None:
    """Give every test the library that answers at once, but for those of packages."""
    if "film" not in request.fixturenames:
        request.getfixturevalue("library")


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight seconds of film, in a home with a ladder of two small rungs."""
    from tests.package.conftest import LADDER

    (tmp_path / "presets" / "ladders").mkdir(parents=True)
    (tmp_path / "presets" / "ladders" / "small.toml").write_text(LADDER)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    monkeypatch.setenv("MATINEE_PRESETS", str(tmp_path / "presets"))
    path = tmp_path / "a [1].mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=s=256x144:r=24:d=8", "-f", "lavfi", "-i", "sine=d=8")
    argv = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-preset", "ultrafast", str(path))
    subprocess.run(argv, check=True)
    return path


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    import pipeline
    from flows import tasks

    fake = Library(tmp_path)
    module = types.ModuleType("pipeline.cut")
    for name in ("analyse", "plan_film", "render_step", "finish", "put_variants", "record_verdicts"):
        setattr(module, name, getattr(fake, name))
    module.CutRequest = fake.make_request  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pipeline.cut", module)
    monkeypatch.setattr(pipeline, "cut", module, raising=False)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    for task in (tasks.analyse, tasks.render):
        monkeypatch.setattr(task, "retry_delay_seconds", 0)
    return fake


def run(**parameters: Any) -> Any:
    from flows.cut_clips import cut_clips

    return cut_clips(**parameters, return_state=True)


def artifacts() -> dict[str, dict[str, Any]]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        latest = {"limit": 200, "sort": "CREATED_DESC"}
        found: list[dict[str, Any]] = client.request("POST", "/artifacts/filter", json=latest).json()
    return {artifact["key"]: artifact for artifact in reversed(found)}


def task_runs(state: Any) -> dict[str, str]:
    """Return the names of the tasks of a flow's run, and how each ended."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
    with get_client(sync_client=True) as client:
        return {run.name: run.state_name or "" for run in client.read_task_runs(flow_run_filter=wanted)}


def test_every_film_is_analysed_and_every_step_rendered_once(library: Library) -> None:
    state = run(masters=["/films/a.mp4", "/films/b.mp4"], platforms=["reels", "shorts"])
    assert state.is_completed(), state.message
    assert state.message == "4 clips of 2 films: 4 rendered, 0 reused."
    assert sorted(library.calls) == [
        *("analyse a.mp4", "analyse b.mp4"),
        *("render a-reels", "render a-shorts", "render b-reels", "render b-shorts"),
    ]


def test_a_bad_master_is_named_at_the_end_and_the_others_are_cut(library: Library) -> None:
    state = run(masters=["/films/bad.mp4", "/films/b.mp4"], platforms=["reels"])
    assert state.is_failed()
    assert state.message == "1 of 2 films failed: bad.mp4: /films/bad.mp4: is not a film"
    assert "render b-reels" in library.calls
    assert library.calls.count("analyse bad.mp4") == 1, "an error of the user's is not retried"


def test_a_stalled_encode_is_tried_again(library: Library) -> None:
    library.stalls = 1
    state = run(masters=["/films/a.mp4"], platforms=["reels"])
    assert state.is_completed(), state.message
    assert library.calls.count("render a-reels") == 2


def test_an_encode_that_stalls_for_good_fails_the_run_with_its_reason(library: Library) -> None:
    library.stalls = 99
    state = run(masters=["/films/a.mp4"], platforms=["reels"])
    assert state.is_failed()
    assert "no sign of life" in state.message
    assert library.calls.count("render a-reels") == 3


def test_a_dry_run_renders_nothing(library: Library) -> None:
    state = run(masters=["/films/a.mp4"], platforms=["reels"], dry_run=True)
    assert state.is_completed()
    assert library.calls == ["analyse a.mp4"]


def test_an_unknown_preset_fails_the_run_with_its_sentence() -> None:
    state = run(masters=["/films/a.mp4"], highlights="nosuch")
    assert state.is_failed()
    assert state.message == "There is no highlight preset 'nosuch'."


def test_captions_that_nobody_could_mean_fail_the_run_with_their_sentence(library: Library) -> None:
    state = run(masters=["/films/a.mp4"], platforms=["reels"], captions="subtitles!")
    assert state.is_failed() and library.calls == []
    assert state.message == (
        "'subtitles!' names no captions. Give a file (.srt, .vtt, .ass), a language such as es or pt-BR, or none."
    )


def test_one_file_of_captions_for_several_films_fails_the_run(library: Library) -> None:
    state = run(masters=["/films/a.mp4", "/films/b.mp4"], platforms=["reels"], captions="a.srt")
    assert state.is_failed() and library.calls == []
    assert state.message is not None and "can be those of one film only, and there are 2" in state.message


def test_captions_are_asked_for_as_the_command_does_and_files_lie_where_the_checkout_is(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import tasks
    from flows.settings import ROOT

    monkeypatch.setenv("HOME", "/home/ana")
    meant = {
        None: None,
        "none": "none",
        "pt-BR": "pt-BR",
        "subs/a [1].srt": str(ROOT / "subs" / "a [1].srt"),
        "~/a.vtt": "/home/ana/a.vtt",
        "/subs/a.ass": "/subs/a.ass",
    }
    for word in meant:
        tasks.make_request(platforms=None, highlights="moments", style="house", captions=word, count=None, out=None)
    assert [request.captions for request in library.requests] == list(meant.values())
    assert run(masters=["/films/a.mp4"], platforms=["reels"], captions="es", dry_run=True).is_completed()
    assert library.requests[-1].captions == "es"


def test_a_run_shows_its_progress_its_clips_and_its_contact_sheet() -> None:
    run(masters=["/films/shown [1] | é.mp4"], platforms=["reels"])
    from flows.report import name_key

    key = name_key(Path("/films/shown [1] | é.mp4"))
    found = artifacts()
    assert (found["cut-clips"]["type"], found["cut-clips"]["data"]) == ("progress", 100.0)
    assert "| moment-1 | reels | 45.00 s | -21.1, not -14 | rendered |" in found[f"clips-{key}"]["data"]
    assert "\n- its sound is \\*mono\\*\n- A file of yours stood in the way" in found[f"clips-{key}"]["data"]
    assert found[f"sheet-{key}"]["data"] == "data:image/jpeg;base64,/9j/4A=="


def test_a_clip_that_is_refused_is_told_on_the_page_and_at_the_end(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    library.refused = (Refused("h1-x", "a face is under X's buttons"),)
    state = run(masters=["/films/refused.mp4"], platforms=["reels"])
    from flows.report import name_key

    shown = artifacts()[f"clips-{name_key(Path('/films/refused.mp4'))}"]["data"]
    assert "h1-x was not made: a face is under X's buttons." in shown
    assert state.is_completed() and "1 refused" in state.message
    assert "h1-x was not made" in caplog.text


def test_a_run_that_waits_for_review_ends_with_the_verdicts_written(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import report
    from flows.review import await_verdicts

    ledger = Ledger(library.folder / "store" / "ledger.sqlite3")
    seen: list[str] = []

    def decide(still_open: tuple[Any, ...]) -> None:
        tell(still_open)
        for clip in still_open:
            seen.append(state_name())
            ledger.record_verdict(
                digest=clip.digest, platform=clip.platform, region="", verdict="approved", who="ana", note=""
            )

    tell = report.tell_open
    monkeypatch.setattr(report, "tell_open", decide)
    monkeypatch.setitem(await_verdicts.__kwdefaults__, "poll_s", 0.05)
    state = run(masters=["/films/a.mp4"], platforms=["reels", "shorts"], review="wait")
    assert state.is_completed(), state.message
    assert seen == ["AwaitingReview", "AwaitingReview"]
    assert library.calls[-1] == "verdicts reels:approved shorts:approved"
    assert state.message.endswith("; 2 of 2 approved and ready to publish.")
    # While people look, nothing is being made.
    assert set(library.runs) == {("cut", "a.mp4")} and read_runs(find_home().runs) == ()


def test_each_region_is_shown_by_itself_and_their_picture_is_drawn_at_the_end(library: Library) -> None:
    from flows.report import name_key

    state = run(masters=["/films/a.mp4"], platforms=["reels"], regions=["de", "fr"])
    assert state.is_completed() and state.message.endswith(" of 1 film: 1 rendered, 0 reused.")
    assert library.requests[-1].regions == ("de", "fr")
    assert library.calls[-1] == "variants de fr"
    found = artifacts()
    for region in ("de", "fr"):
        table = found[f"clips-{name_key(Path('/films/a.mp4'), region)}"]["data"]
        assert table.startswith(f"# a.mp4, {region}\n")


def package(**parameters: Any) -> Any:
    from flows.package_hls import package_hls

    return package_hls(**parameters, ladder="small", return_state=True)


def test_a_film_is_packaged_once_and_shown(film: Path) -> None:
    from flows.report import name_key

    out = str(film.parent / "www")
    state = package(films=[str(film)], out=out)
    assert state.is_completed(), state.message
    assert state.message == "1 film packaged: 10 of 10 segments new."
    assert len(list((film.parent / "www").glob("*/hls/master.m3u8"))) == 1
    found = artifacts()
    assert (found["package-hls"]["type"], found["package-hls"]["data"]) == ("progress", 100.0)
    table = found[f"package-{name_key(film)}"]["data"]
    assert "| v144-400 | 256×144 | 24 |" in table and "| i144-50 | 256×144, key pictures | 1 |" in table
    assert "\n- Nobody says in which language the film is" in table
    assert found[f"poster-{name_key(film)}"]["data"].startswith("data:image/jpeg;base64,")
    assert package(films=[str(film)], out=out).message == "1 film packaged: everything was reused."


def test_a_film_is_packaged_for_each_region_and_shares_its_segments(film: Path) -> None:
    from flows.report import name_key

    toml = 'title = "Bars"\nlanguage = "en"\n[[regions]]\nid = "de"\ntitle = "Balken"\n'
    film.with_name(f"{film.stem}.film.toml").write_text(toml)
    state = package(films=[str(film)], regions=["de", "us"])
    assert state.is_completed(), state.message
    folders = sorted(path.parent.parent for path in (film.parent / "out").glob("*/regions/*/hls/master.m3u8"))
    assert [folder.name for folder in folders] == ["de", "us"]
    assert (folders[0].parent / "hls.png").is_file()
    found = artifacts()
    assert found[f"package-{name_key(film, 'de')}"]["data"].startswith("# a \\[1\\].mp4, de\n")
    first, second = ({path.name for path in (folder / "hls" / "segments").iterdir()} for folder in folders)
    assert len(first & second) > 10


def test_a_file_that_is_no_film_fails_the_run_by_name_and_others_are_looked_at(film: Path) -> None:
    notes = film.with_name("notes.mp4")
    notes.write_text("no film")
    state = package(films=[str(notes), str(film)], dry_run=True)
    assert state.is_failed() and state.message.startswith("1 of 2 films failed: notes.mp4")


def test_an_unknown_ladder_fails_the_run_with_its_sentence(film: Path) -> None:
    from flows.package_hls import package_hls

    state = package_hls(films=[str(film)], ladder="nosuch", return_state=True)
    assert state.is_failed() and "there is no preset 'nosuch' in ladders" in (state.message or "")


def test_a_block_is_built_and_one_that_cannot_be_fails_the_run_by_name(film: Path) -> None:
    from flows.build_block import build_block
    from flows.report import name_key

    cafe = (Path(__file__).parents[2] / "presets" / "blocks" / "cafe.toml").read_text()
    blocks = film.parent / "presets" / "blocks"
    blocks.mkdir()
    (blocks / "cafe.toml").write_text(
        cafe.replace("[sources", '[venue_file]\nwidth_px = 320\nheight_px = 180\nfps = "25"\n\n[sources', 1)
    )
    block = film.with_name("small-hours.toml")
    head = 'title = "Small Hours"\npreset = "cafe"\nopening = []\nclosing = []\n[length]\nmin = 1\nmax = 60\n'
    block.write_text(f'{head}[[films]]\nfile = "a *.mp4"\n')
    state = build_block(blocks=[str(block)], ladder="small", return_state=True)
    assert state.is_completed(), state.message
    folder = film.parent / "out" / "blocks" / "Small-Hours"
    assert (folder / "hls" / "master.m3u8").is_file() and (folder / "run-sheet.pdf").is_file()
    assert (folder / "Small-Hours.mp4").is_file()
    # Each piece of the venue file is a task, and its sound is one; the package's tasks are none of them.
    pieces = ("cards 0:00–0:04", f"{escape_markup('a [1]')} 0:04–0:12", "cards 0:12–0:13", "sound")
    ran = task_runs(state)
    assert {name for name in ran if "venue" in name} == {f"make for the venue: {piece}" for piece in pieces}
    assert f"make {escape_markup('a [1]')}: pictures 0:00–0:08" in ran and set(ran.values()) == {"Completed"}
    assert "choose the films of small-hours.toml" in ran
    found = artifacts()
    assert found[f"package-{name_key(block)}"]["data"].startswith("# small-hours.toml\n")
    assert (found["build-block"]["type"], found["build-block"]["data"]) == ("progress", 100.0)
    short = film.with_name("short.toml")
    short.write_text(f'{head.replace("min = 1", "min = 50")}[[films]]\nfile = "a *.mp4"\n')
    state = build_block(blocks=[str(short), str(block)], dry_run=True, return_state=True)
    assert state.is_failed() and (state.message or "").startswith("1 of 2 failed: short.toml: ")


def state_name() -> str:
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run

    with get_client(sync_client=True) as client:
        return str(client.read_flow_run(flow_run.get_id()).state.name)
