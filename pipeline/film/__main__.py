"""Print docs/film-toml.md."""

import sys

from pipeline.film.page import describe_film_toml

sys.stdout.write(describe_film_toml())
