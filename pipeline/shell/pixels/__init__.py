"""Decode pictures: all of a film in order, or only the stretches that somebody wants to look at."""
