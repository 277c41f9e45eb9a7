"""Make the pictures of the editors' page that the README shows: `python -m bench.page_pictures [FILM]`.

A film, else the demo film, is cut for a few platforms in a home of its own, which goes away again; what is seen then of
the film's page, its cutting room and a preset is put into docs/pictures, each in at most 150 kB.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = ROOT / "docs" / "pictures"
PLATFORMS: Final = ("tiktok", "instagram-feed", "x")
SIZE: Final = {"width": 1440, "height": 900}
MOST_BYTES: Final = 150_000
_RENAMED: Final = """(names) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode } = texts;
    for (const [name, other] of names) currentNode.data = currentNode.data.replaceAll(name, other);
  }
}"""


def main() -> None:
    """Make all pictures anew."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(prefix="matinee-pictures-") as folder:
        home = Path(folder)
        film = _film(home / "masters", given)
        asked = [word for name in PLATFORMS for word in ("--platform", name)]
        _matinee(home, "cut", str(film), "--count", "2", *asked)
        with _page(home) as address, sync_playwright() as playwright:
            chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            tab = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            tab.set_default_timeout(300_000)
            tab.goto(address)
            tab.locator(".film a").click()
            _film_page(tab)
            _cutting_room(tab)
            _preset(tab, home)
            browser.close()


def _film_page(tab: Page) -> None:
    tab.locator("#who-name").fill("Ana")
    tab.locator("#who-name").press("Enter")
    tab.locator(".clip.current").focus()
    for key in ("Shift+A", "Shift+A", "n"):
        tab.keyboard.press(key)
    tab.keyboard.type("the kite is too small here")
    for key in ("Tab", "Tab", "Enter"):
        tab.keyboard.press(key)
    tab.locator(".clip[data-verdict=rejected]").wait_for()
    tab.locator("#said").evaluate("(one) => { one.textContent = ''; }")
    tab.evaluate("() => scrollTo(0, 0)")
    _keep(tab, "film")


def _cutting_room(tab: Page) -> None:
    tab.keyboard.press("e")
    tab.locator("#room[data-ready]").wait_for()
    for key in ("v", "z", "Shift+ArrowRight", "Shift+ArrowRight"):
        tab.keyboard.press(key)
    tab.locator("#tiles canvas").nth(len(PLATFORMS) - 1).wait_for()
    tab.wait_for_timeout(1500)
    _keep(tab, "cutting-room")


def _preset(tab: Page, home: Path) -> None:
    tab.get_by_role("link", name="Presets").click()
    tab.get_by_role("link", name="TikTok").first.click()
    tab.locator("#form .field").first.wait_for()
    tab.wait_for_timeout(500)
    # As it reads where the checkout is the current folder.
    tab.evaluate(_RENAMED, [[str(home), "media"], [f"{ROOT}/", ""]])
    _keep(tab, "preset")


def _keep(tab: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(tab.screenshot()))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for quality in (85, 75, 60, 45):
        picture.save(PICTURES / f"{name}.webp", quality=quality, method=6)
        if (PICTURES / f"{name}.webp").stat().st_size <= MOST_BYTES:
            return
    sys.exit(f"{name}.webp is larger than {MOST_BYTES} bytes")


def _film(folder: Path, given: Path | None) -> Path:
    from pipeline.shell.demo.film import compose_demo

    if given is None:
        return compose_demo(folder).path
    folder.mkdir()
    return Path(shutil.copy2(given, folder))


@contextmanager
def _page(home: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "pipeline.cli", "review", "--no-browser"]
    with subprocess.Popen(
        command, cwd=ROOT, env=_environment(home), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        printed = run.stdout.readline() + run.stdout.readline()
        try:
            yield re.findall(r"http://\S+", printed)[0]
        finally:
            run.terminate()


def _matinee(home: Path, *words: str) -> None:
    command = [sys.executable, "-m", "pipeline.cli", *words]
    subprocess.run(command, cwd=ROOT, env=_environment(home), stdin=subprocess.DEVNULL, timeout=1800, check=True)


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "MATINEE_PRESETS"}
    return {**kept, "MATINEE_HOME": str(home)}


if __name__ == "__main__":
    main()
