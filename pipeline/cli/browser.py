"""Open a page of ours in the browser of whoever sits at this machine."""

from __future__ import annotations

import os
import sys
import webbrowser


def open_page(address: str) -> None:
    """Show a page where there is a desktop to show it on."""
    if _has_desktop():
        webbrowser.open(address)


def _has_desktop() -> bool:
    # Without one, webbrowser would start a browser of the terminal's in place of this command.
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
