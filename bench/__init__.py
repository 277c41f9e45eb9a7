"""Measurements against plain ffmpeg and other tools: each module prints a table and a ratio. Start with README.md."""
