"""Matinee's library: film masters → platform clips, HLS packages, blocks. No Prefect in it; `flows/` only says when.

An edit is a value; planning is pure; one place turns a node into ffmpeg arguments, one starts ffmpeg, one writes files.
Read it in this order:

    errors, values, timebase, clocks, roots
                                     what can go wrong; hashes worked out once; exact time; local times and their
                                     instants; whose folder it is
    facts, edit                      what a file is; what plays, in order
    tables, datedfiles, limits, styles, ladders, presets
                                     TOML read strictly; platform limits with their sources; how clips look; which
                                     renditions packages have; what can be asked for
    codecs, containers, geometry, links
                                     names of codecs; what a file is by its first bytes; rectangles in pixels; addresses
                                     of web pages
    camera, framing                  how windows move; what of a film is shown
    film, editfile, framingfile, calendar, block, evening, watchfolder
                                     the files that people own
    captions, encodings, markup      what SRT, WebVTT and ASS files say, as words and times
    counting, spelling, languages    numbers and names in sentences; which tags mean one language
    handbook                         the pages in docs/ about these files, made from the words about their fields
    plan/                            pure steps: transitions (cuts, fades, wipes, dissolves), suspects, features,
                                     highlights, streams, clips (piece_pictures), encoder, posters, conformity,
                                     folding, enlargement, framing (edges, subjects, tracks, axis, losses,
                                     following, easing, reframing), layout, onscreen, overlaps, captions (phrases,
                                     wrapping, setting, blocks, places, script), cards (dressing, designs, compositions,
                                     lines, codes, laurels);
                                     of packages: ladder, reels, levels, rung_encoders, crf_scales, probes, quality
                                     (least_squares), chunks (stills), soundtracks, subtitles, presentation, storyboard,
                                     origin (what a server answers), cdns, publication (what goes under which
                                     names at a target), and hls/, every rule that they are held against;
                                     of the cutting room: proxies, timelines, sprites, cutting_room (what is
                                     done to highlights), written_rooms, snapping, histories, decisions, drawing,
                                     keyframing, window_moves, edit_changes (of edits that come back);
                                     of regions: regions, pieces, variants; of drops: schedule, drops, appointments,
                                     embargo, warming, edge (edge_maps, second_ranges, country_headers, tickets),
                                     audience, campaigns, turnout (log_lines), premiere,
                                     live_edition; of blocks: candidates, ends, ratings, selection (which films, and
                                     why), block_orders (those that a person tries), block_edit, running_order,
                                     hard_ends, boundaries, levelled, film_proofs, section_times, block_verdicts; of
                                     their sheets: evening, run_sheet (sheet_words, sheet_cues, sheet_clocks),
                                     sheet_pages (sheet_rows, paper), block_calendar, film_list, film_flags;
                                     of watched folders: arrival_names, arrivals, stillness;
                                     of strangers' files: claims; of several machines: batches
    graph, colour, argv              render nodes; colour to BT.709; nodes → ffmpeg arguments and keys
    boxes/                           MP4 boxes: read, compare with the plan, join picture and sound, cut into segments
    playlists/                       HLS playlists: values ↔ text
    placement, edl, fcpxml, fcpxml_reading, otio_checking, interchange
                                     an edit on an editor's timeline, in whole frames
    shell/                           what touches the world: ffmpeg, probe, pixels, sound, fonts, store,
                                     ledger (ledger_layout), render, levelling, subjects, previews, demo, card_desk,
                                     clip_steps, probing, chunks (chunk_keys), storyboard, runs (stage_shares),
                                     conformance (segment_memory), local_server, package_server;
                                     of the cutting room: proxies, sprites, decisions, framings;
                                     of publishing: package_walk, package_verdicts, editions (what is where), targets/
                                     (folders, S3-compatible stores), publications, takedowns; of drops: calendars,
                                     known_calendars, drops (what is due is done), drop_status, live_editions and
                                     premieres (who shows them), embargo (who gets at the rest), rehearsal; of blocks:
                                     block_surveys (their films, measured), blocks (chosen), block_copies, film_prints,
                                     section_times, joined_files and segment_edges (by which they are held against
                                     films and plan), sheets (sheet_pdf, sheet_html, sheet_pictures);
                                     of watched folders: entirety
                                     (container_ends, sidecars, writers), checking in a companion process, drives,
                                     asking (drives that may hang), folder_events, moves, the ledger of arrivals
                                     (arrived_files, triggers, watches);
                                     of strangers' files: headers, matroska_claims, memory, apart (studying, in another
                                     process); of what goes wrong: conditions, presence, scratch, open_files; of
                                     several machines: sharing/ (the store that they share)
    players/                         the page that plays packages, and hls.js as released
    cut/                             the main job, step by step
    package/                         HLS packages, step by step
    venue/                           one file of a block for a venue's player, step by step
    spreading/                       steps handed from one machine to another
    watching/                        watched folders: films that arrive become jobs, each content once
    screening/                       blocks: chosen, packaged, held against what was planned, and what a venue reads
    sheets/                          the run sheet's page
    review/                          the editors' page: films, clips, verdicts and cutting rooms; who may look, and
                                     what strangers get
    cli/                             the command `matinee`
"""
