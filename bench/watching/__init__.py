"""Arrivals in a watched folder, made up: tiny `films`, the `copier` at work, and the `watcher` that is killed."""
