"""Compose the demo film, for a first run without a master: `film` is the door, `script` says what happens in it."""
