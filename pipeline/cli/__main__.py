"""`python -m pipeline.cli`: the command `matinee`, for whoever starts it by its module."""

from __future__ import annotations

from pipeline.cli import main

if __name__ == "__main__":
    main()
