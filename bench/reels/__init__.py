"""Labelled reels: films whose transitions are known to the frame because they were made.

Read `values` (takes, joins, and the labels that follow), `plan` (which takes, how joined; pure), `draw` (at random, by
weights), `source` (the films that takes come from), `disturbances` (what happens inside takes and is no transition),
`pictures` (the frames of a planned reel), `encoders`.
"""
