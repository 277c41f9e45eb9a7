"""S3-compatible stores as they are: they ignore conditions and checksums, refuse, fail half-way, and damage."""

from __future__ import annotations

import gzip
import hashlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import InputError, PipelineError, PublishError, Transient
from pipeline.plan.origin import FOR_EVER, FOR_SECONDS
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publications import publish
from pipeline.shell.takedowns import close_edition
from pipeline.shell.targets import open_target
from tests.shell.stores import BUCKET, PROBE, RESET, Asked, Store
from tests.shell.targets.looking import Opener, everything, planned, quiet
from tests.small_packages import SmallPackage, make_small_package

ENTRY = "hls/the-red-kite.m3u8"


def test_everything_lies_there_with_what_it_is_sent_as(in_store: Opener, store: Store, kite: SmallPackage) -> None:
    publish(planned(kite), kite.folder, in_store(), quiet)
    entry = store.read(ENTRY)
    assert (entry["ContentType"], entry["ContentEncoding"]) == ("application/vnd.apple.mpegurl", "gzip")
    assert entry["CacheControl"] == FOR_SECONDS and gzip.decompress(entry["Body"].read()) == kite.master
    for name in (*kite.playlists, *kite.segments):
        found, data = store.read(f"hls/{name}"), (kite.folder / name).read_bytes()
        is_text = name.endswith((".m3u8", ".vtt"))
        assert found.get("ContentEncoding") == ("gzip" if is_text else None) and found["CacheControl"] == FOR_EVER
        assert found["Body"].read() == (gzip.compress(data, 9, mtime=0) if is_text else data)
    assert not any(PROBE in key for key in store.all_keys())


def test_names_come_in_an_order_in_which_nothing_leads_nowhere(
    in_store: Opener, store: Store, kite: SmallPackage
) -> None:
    publish(planned(kite), kite.folder, in_store(), quiet)
    written = [name.removeprefix("hls/") for name in store.writes()]
    kinds = ["segment" if name.startswith("segments/") else "entry" if name in ENTRY else "shown" for name in written]
    assert kinds == sorted(kinds, key=("segment", "shown", "entry").index) and kinds[-1] == "entry"
    store.asked.clear()
    close_edition("the-red-kite", in_store(), 0)
    removed = [one.name.removeprefix("hls/") for one in store.asked if one.method == "DELETE"]
    assert removed[0] == "the-red-kite.m3u8" and set(removed[1:]) >= kite.segments | kite.playlists


def test_a_store_that_keeps_all_promises_is_believed(in_store: Opener, store: Store, kite: SmallPackage) -> None:
    store.checks_sums = True
    done = publish(planned(kite), kite.folder, in_store(), quiet)
    assert done.notes == ()
    writes = [one for one in store.asked if one.is_write]
    assert all("x-amz-checksum-sha256" in one.headers and one.headers["if-none-match"] == "*" for one in writes)
    read_back = {one.name for one in store.asked if one.method == "GET"}
    assert not any("segments/" in name for name in read_back)
    store.asked.clear()
    in_store().editions.forget([item.name for item in planned(kite).items])
    publish(planned(kite), kite.folder, in_store(), quiet)
    assert store.writes() == []
    read_again = {one.name.removeprefix("hls/") for one in store.asked if one.method == "GET"}
    assert not any(name.endswith((".m4s", ".mp4", ".jpg")) for name in read_again), "the store knows their sums"


def test_a_store_that_ignores_conditions_is_found_out_and_looked_at_instead(
    in_store: Opener, store: Store, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    store.heeds_conditions = False
    done = publish(planned(kite), kite.folder, in_store(), quiet)
    assert any("ignores conditions" in note for note in done.notes)
    # Another machine takes the name while this one sends.
    store.before = lambda asked: _put_once(store, asked, "v360-", ENTRY)
    with pytest.raises(PipelineError, match="left alone") as caught:
        publish(planned(kite_de, "the-red-kite"), kite_de.folder, in_store(), quiet)
    assert "the-red-kite.m3u8" in str(caught.value)
    assert store.read(ENTRY)["Body"].read() == b"#EXTM3U\n"


@pytest.mark.parametrize("is_there", [False, True])
def test_another_machine_that_takes_the_name_in_the_last_moment_is_not_written_over(
    in_store: Opener, store: Store, kite: SmallPackage, kite_de: SmallPackage, is_there: bool
) -> None:
    if is_there:
        publish(planned(kite_de, "the-red-kite"), kite_de.folder, in_store(), quiet)
    store.before = lambda asked: _put_once(store, asked, "the-red-kite.m3u8", ENTRY) if asked.is_write else None
    with pytest.raises(PublishError, match="changed by another run or person"):
        publish(planned(kite), kite.folder, in_store(), quiet)
    assert store.read(ENTRY)["Body"].read() == b"#EXTM3U\n"


def _put_once(store: Store, asked: Asked, part: str, key: str) -> None:
    if part in asked.path:
        store.before = lambda _: None
        store.client.put_object(Bucket=BUCKET, Key=key, Body=b"#EXTM3U\n")


def _cut(body: bytes) -> bytes:
    return body[:-1]


def _flip(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.mark.parametrize(
    ("checks_sums", "part", "spoil"),
    [
        (True, "segments/", _flip),
        (True, "the-red-kite.m3u8", _cut),
        (False, "segments/", _flip),
        (False, "v360-", _cut),
        (False, "the-red-kite.m3u8", _flip),
    ],
)
def test_what_is_damaged_on_its_way_is_found_and_does_not_stay(
    in_store: Opener, store: Store, kite: SmallPackage, checks_sums: bool, part: str, spoil: Callable[[bytes], bytes]
) -> None:
    store.checks_sums = checks_sums
    store.damage = lambda asked: spoil(asked.body) if asked.method == "PUT" and part in asked.path else asked.body
    with pytest.raises(PublishError, match="BadDigest" if checks_sums else "did not arrive") as caught:
        publish(planned(kite), kite.folder, in_store(), quiet)
    assert caught.value.exit_code == 2 and ENTRY not in store.all_keys()
    assert not any(part in key for key in store.all_keys()) or part == "segments/"
    store.damage = lambda asked: asked.body
    publish(planned(kite), kite.folder, in_store(), quiet)
    assert ENTRY in store.all_keys()


def test_an_entry_that_is_damaged_gives_way_to_the_one_before(
    in_store: Opener, store: Store, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    publish(planned(kite), kite.folder, in_store(), quiet)

    def once(asked: Asked) -> bytes:
        if asked.method != "PUT" or asked.name != ENTRY:
            return asked.body
        store.damage = lambda asked: asked.body
        return asked.body[:-3]

    store.damage = once
    with pytest.raises(PublishError, match="did not arrive"):
        publish(planned(kite_de, "the-red-kite"), kite_de.folder, in_store(), quiet)
    assert gzip.decompress(store.read(ENTRY)["Body"].read()) == kite.master


@pytest.mark.parametrize("failure", [403, 503, RESET])
@pytest.mark.parametrize("writes", [0, 7])
def test_a_store_that_fails_half_way_leaves_nothing_half_public(
    in_store: Opener, store: Store, kite: SmallPackage, failure: int | str, writes: int
) -> None:
    store.before = lambda asked: failure if asked.is_write and len(store.writes()) > writes else None
    with pytest.raises(PublishError) as caught:
        publish(planned(kite), kite.folder, in_store(), quiet)
    assert isinstance(caught.value, Transient) == (failure != 403), str(caught.value)
    assert "Run the same command again" in str(caught.value) and ENTRY not in store.all_keys()
    store.before = lambda _: None
    done = publish(planned(kite), kite.folder, in_store(), quiet)
    assert done.state == "open" and done.sent.files <= len(planned(kite).items) - 1 - writes + 1


def test_a_short_failure_is_tried_again_unseen(in_store: Opener, store: Store, kite: SmallPackage) -> None:
    tried: set[str] = set()

    def once(asked: Asked) -> int | None:
        is_new = asked.is_write and asked.name not in tried
        tried.add(asked.name)
        return 503 if is_new and "a128" in asked.name else None

    store.before = once
    assert publish(planned(kite), kite.folder, in_store(), quiet).state == "open"


@pytest.mark.parametrize("part", ["segments/", "the-red-kite.m3u8"])
def test_an_answer_that_is_lost_after_the_write_is_no_conflict(
    in_store: Opener, store: Store, kite: SmallPackage, part: str
) -> None:
    lost: set[str] = set()

    def lose(asked: Asked) -> str | None:
        if asked.is_write and part in asked.name and not lost:
            lost.add(asked.name)
            return RESET
        return None

    store.after = lose
    done = publish(planned(kite), kite.folder, in_store(), quiet)
    assert lost and done.state == "open" and ENTRY in store.all_keys()


def test_large_files_go_in_parts_and_what_is_left_of_them_is_cleared_away(
    in_store: Opener, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.shell.targets.parts.PART", 5 << 20)
    package = make_small_package(tmp_path / "large", scenes="a", size=(5 << 20) + 100)
    publication = planned(package)
    large = next(one.name for one in publication.segments if one.size > 5 << 20)
    store.before = lambda asked: (
        403 if "partNumber=2" in asked.query or ("uploadId" in asked.query and asked.method == "DELETE") else None
    )
    with pytest.raises(PublishError, match=large):
        publish(publication, package.folder, in_store(), quiet)
    left = store.client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert (
        [one["Key"] for one in left] == [f"hls/{large}"] == [f"hls/{name}" for name, _ in in_store().editions.uploads()]
    )
    store.before = lambda _: None
    publish(publication, package.folder, in_store(), quiet)
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=BUCKET) and in_store().editions.uploads() == ()
    found = store.read(f"hls/{large}")
    assert hashlib.sha256(found["Body"].read()).hexdigest()[:32] in large and found["ETag"].endswith('-2"')
    assert (found["ContentType"], found["CacheControl"]) == ("video/iso.segment", FOR_EVER)
    parts = [one for one in store.asked if "partNumber" in one.query and one.method == "PUT"]
    assert all("x-amz-checksum-sha256" in one.headers for one in parts)


def test_other_objects_of_the_bucket_are_neither_read_nor_touched(
    in_store: Opener, store: Store, kite: SmallPackage
) -> None:
    others = ("hls2/the-red-kite.m3u8", "other.txt", "hl", "hls/mine.txt", "hls/segments/mine.m4s")
    for key in others:
        store.client.put_object(Bucket=BUCKET, Key=key, Body=b"mine")
    publish(planned(kite), kite.folder, in_store(), quiet)
    close_edition("the-red-kite", in_store(), 0)
    assert store.all_keys() == set(others)
    assert all(one.name.startswith("hls/") or "prefix=hls" in one.query for one in store.asked)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda patch: patch.delenv("AWS_SECRET_ACCESS_KEY"), "credentials"),
        (lambda patch: patch.setenv("AWS_PROFILE", "nosuch"), "profile"),
        (lambda patch: [patch.delenv(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")], "credentials"),
    ],
)
def test_credentials_that_are_missing_are_the_users_to_give(
    in_store: Opener, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], object], told: str,
) -> None:  # fmt: skip
    spoil(monkeypatch)
    with pytest.raises(InputError, match=told) as caught:
        publish(planned(kite), kite.folder, in_store(), quiet)
    assert "AWS_ACCESS_KEY_ID" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_ENDPOINT_URL", "localhost:9000"), ("AWS_ENDPOINT_URL", "http://"), ("AWS_DEFAULT_REGION", "not a region")],
)
def test_settings_that_lead_nowhere_are_the_users_to_mend(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert not home.exists()
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="these settings"):
        open_target(f"s3://{BUCKET}/hls", Ledger(find_home().ledger))


def test_a_store_that_does_not_answer_is_told(kite: SmallPackage, store: Store, in_store: Opener) -> None:
    target = in_store()
    store.before = lambda _: RESET
    with pytest.raises(PublishError) as caught:
        publish(planned(kite), kite.folder, target, quiet)
    assert isinstance(caught.value, Transient)


def test_a_credential_that_may_only_read_is_told_what_it_lacks(
    in_store: Opener, store: Store, kite: SmallPackage
) -> None:
    store.before = lambda asked: 403 if asked.method != "GET" else None
    with pytest.raises(PublishError, match="s3:PutObject"):
        publish(planned(kite), kite.folder, in_store(), quiet)
    assert store.all_keys() == set()


def test_the_right_bytes_with_headers_that_players_cannot_use_are_told(
    in_store: Opener, store: Store, kite: SmallPackage
) -> None:
    publication = planned(kite)
    item = next(one for one in publication.segments if one.name.endswith(".m4s"))
    data = (kite.folder / item.source).read_bytes()
    store.client.put_object(Bucket=BUCKET, Key=f"hls/{item.name}", Body=data)
    with pytest.raises(PublishError, match="ContentType binary/octet-stream") as caught:
        publish(publication, kite.folder, in_store(), quiet)
    assert item.name in str(caught.value) and ENTRY not in store.all_keys()


def test_the_whole_bucket_may_be_the_target(store: Store, kite: SmallPackage) -> None:
    target = open_target(f"s3://{BUCKET}", Ledger(find_home().ledger), endpoint=f"{store.url}/")
    publish(planned(kite), kite.folder, target, quiet)
    assert store.all_keys() == {item.name for item in planned(kite).items}
    close_edition("the-red-kite", target, 0)
    assert store.all_keys() == set()


@pytest.mark.parametrize(
    ("writes", "ending"), [(1, signal.SIGKILL), (8, signal.SIGKILL), (14, signal.SIGKILL), (8, signal.SIGINT)]
)
def test_a_run_that_is_ended_half_way_is_finished_by_the_next(
    in_store: Opener, store: Store, kite: SmallPackage, writes: int, ending: signal.Signals
) -> None:
    reached = threading.Event()

    def note(asked: Asked) -> None:
        if asked.is_write and len(store.writes()) >= writes:
            reached.set()
            # Long enough for the signal to come while something is under way.
            time.sleep(0.05)

    store.before = note
    words = ["publish", str(kite.folder), "--to", f"s3://{BUCKET}/hls", "--endpoint", store.url]
    code = f"import sys; sys.argv[1:] = {words!r}; from pipeline.cli import main; main()"
    run = subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], stderr=subprocess.PIPE, text=True
    )
    assert reached.wait(timeout=60)
    run.send_signal(ending)
    _, told = run.communicate(timeout=60)
    assert run.returncode in ((-signal.SIGKILL,) if ending == signal.SIGKILL else (130, 0)), told
    assert "Traceback" not in told and (run.returncode != 130 or "go on where it was" in told)
    store.before = lambda _: None
    if ENTRY in store.all_keys():
        everything(in_store(), "the-red-kite")
    publish(planned(kite), kite.folder, in_store(), quiet)
    everything(in_store(), "the-red-kite")


def test_the_usual_variables_name_the_store_too(
    in_store: Opener, store: Store, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.url)
    target = open_target(f"s3://{BUCKET}/hls/", Ledger(find_home().ledger))
    assert target.where == in_store().where == f"s3://{BUCKET}/hls at {store.url}"
    assert publish(planned(kite), kite.folder, target, quiet).state == "open"
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    assert open_target(f"s3://{BUCKET}/hls", Ledger(find_home().ledger)).where == f"s3://{BUCKET}/hls"


@pytest.mark.parametrize(
    ("status", "header"), [(400, "x-amz-checksum-sha256"), (501, "if-none-match"), (400, "if-match")]
)
def test_a_store_that_refuses_what_it_does_not_know_is_not_asked_it(
    in_store: Opener, store: Store, kite: SmallPackage, kite_de: SmallPackage, status: int, header: str
) -> None:
    store.before = lambda asked: status if asked.method == "PUT" and header in asked.headers else None
    done = publish(planned(kite), kite.folder, in_store(), quiet)
    assert done.state == "open" and done.notes
    assert publish(planned(kite_de, "the-red-kite"), kite_de.folder, in_store(), quiet).state == "open"
    everything(in_store(), "the-red-kite")
    assert not any(PROBE in key for key in store.all_keys())
