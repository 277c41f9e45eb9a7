"""Prefect decides when the library's jobs run; nothing here knows how a picture is made.

Read in this order: `cut_clips`, `package_hls` and `drops` (the flows), `tasks` and `package_tasks` (one for each
analysis and encode), `appointments` (which runs of drops are scheduled), `report` and `review` (what people see and
decide), `serve` (server, pool and worker in one command), `stack` (those processes), `serving` (who serves, and where),
`short_names` (why `prefect deployment run cut-clips` needs no flow name).
"""
