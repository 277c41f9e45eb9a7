"""`matinee hosting` as typed: what a web server or CDN is told, and what nobody can make it say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.origin import FILE_KINDS, FOR_EVER, NEVER, PAGE_KINDS, nginx_server


def test_a_folder_gets_nginxs_configuration_as_tests_of_players_use_it(workplace: Any) -> None:
    ran = workplace.matinee("hosting", workplace.home, "--listen", "127.0.0.1:8080", "--host", "films.example.org")
    first, _, rest = ran.out.partition("\n")
    assert ran.code == 0 and first.startswith("# ") and "nginx -t" in first
    assert rest == nginx_server(workplace.home, listen="127.0.0.1:8080", server_name="films.example.org")


def test_a_folder_of_another_machine_is_told_of(workplace: Any) -> None:
    ran = workplace.matinee("hosting", "/nosuch/www")
    assert ran.code == 0 and 'root "/nosuch/www";' in ran.out
    assert "no folder /nosuch/www on this machine" in ran.err


def test_a_folder_is_named_in_full(workplace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace.home)
    (workplace.home / "www").mkdir()
    ran = workplace.matinee("hosting", Path("www"))
    assert f'root "{workplace.home}/www";' in ran.out and ran.err == ""


def test_without_a_folder_all_answers_are_told(workplace: Any) -> None:
    ran = workplace.matinee("hosting")
    assert ran.code == 0
    for told in (
        *(kind.content_type for kind in FILE_KINDS),
        FOR_EVER,
        NEVER,
        "Access-Control-Allow-Origin",
        "OPTIONS",
    ):
        assert told in ran.out
    document = json.loads(workplace.matinee("hosting", "--json").out)
    assert document["types"] == {kind.suffix: kind.content_type for kind in (*FILE_KINDS, *PAGE_KINDS)}
    assert document["compressed"] == [".m3u8", ".vtt", ".json", ".html", ".js"]
    assert document["cache_control"]["segments/*"] == document["cache_control"]["*-<12 hex digits>.m3u8"] == FOR_EVER
    assert document["headers"].items() <= {**document["preflight"], "X-Content-Type-Options": "nosniff"}.items()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            ("--listen", value)
            for value in ("", "0", "65536", "80; }", "80 default_server", "host:80", "1.2.3.4:", "٨٠")
        ),
        *(
            ("--host", value)
            for value in ("", "a b", "x; }", "$host", "a\nb", "~^a", "é.example", "x" * 300, ".a", "a.")
        ),
    ],
    ids=ascii,
)
def test_what_nginx_would_take_for_more_is_refused(workplace: Any, option: str, value: str) -> None:
    ran = workplace.matinee("hosting", workplace.home, option, value)
    assert ran.code == 2 and ran.out == "" and ran.err.startswith("matinee: ") and "Name " in ran.err


def test_a_folder_that_cannot_be_told_and_a_table_of_one_are_refused(workplace: Any) -> None:
    ran = workplace.matinee("hosting", "/srv/$host")
    assert ran.code == 2 and "dollar" in ran.err and ran.out == ""
    assert workplace.matinee("hosting", workplace.home, "--json").code == 2


def test_a_bucket_and_a_cdn_are_told_theirs_as_documents(workplace: Any) -> None:
    ran = workplace.matinee("hosting", "--s3")
    assert ran.code == 0 and json.loads(ran.out)["CORSRules"] and "put-bucket-cors" in ran.err
    for cdn in ("cloudfront", "cloudflare", "bunny"):
        assert json.loads(workplace.matinee("hosting", "--cdn", cdn).out)
    assert 'set resp.http.Access-Control-Allow-Origin = "*";' in workplace.matinee("hosting", "--cdn", "fastly").out
    for words in (("--s3", "--cdn", "bunny"), ("--s3", "--json"), (workplace.home, "--cdn", "bunny"), ("--cdn", "x")):
        assert workplace.matinee("hosting", *words).code == 2
