"""What is done in a cutting room is what the command line cuts afterwards, and the next best is the one it chooses."""

from __future__ import annotations

import json

import pytest

from pipeline.cut.plan import plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.cut.room import CuttingRoom, enter_room, offered, reject_for_next
from pipeline.cut.room_clips import clips_of
from pipeline.cut.room_saving import hold
from pipeline.cut.room_saving import save_room as save_all
from pipeline.editfile import EditFile, EditMaster
from pipeline.errors import PlanError, ProjectError
from pipeline.plan.cutting_room import Room, add, lock, nudge, reject, swap, trim
from pipeline.plan.histories import History
from pipeline.plan.snapping import snaps_near
from pipeline.plan.zones import Frames
from pipeline.shell.projects import save_edit
from pipeline.shell.proxies import find_proxy, make_proxy
from tests.conftest import Workplace
from tests.numbered_films import Media


def enter(workplace: Workplace) -> CuttingRoom:
    request = CutRequest(highlights="short", platforms=("tall",))
    return enter_room(analyse(workplace.film, request), request)


def cut(workplace: Workplace) -> list[Frames]:
    """Return the stretches of the highlights as the command line chooses them."""
    ran = workplace.matinee("highlights", workplace.film, "--preset", "short", "--json")
    assert ran.code == 0, ran.err
    return [tuple(one["parts"][0]["frames"]) for one in json.loads(ran.out)["highlights"]]


def save_room(room: CuttingRoom, now: Room) -> CuttingRoom:
    return save_all(room, now).room


def shown(room: Room) -> list[Frames]:
    return [piece for one in room.highlights for piece in one.pieces]


def test_a_room_opens_with_what_the_command_line_chooses(workplace: Workplace) -> None:
    room = enter(workplace)
    assert shown(room.opened) == cut(workplace)
    assert (room.film.frame_count, room.film.longest_s, room.film.longest_said_by) == (288, 60, "tall")


def test_what_is_rejected_is_replaced_by_what_the_command_line_chooses_then(workplace: Workplace) -> None:
    room = enter(workplace)
    first = room.opened.highlights[0]
    now = reject_for_next(room, room.opened, first.id)
    assert now.find(first.id).pieces != first.pieces
    save_room(room, now)
    assert shown(now) == cut(workplace)
    again = enter(workplace)
    assert again.opened.highlights == now.highlights
    twice = reject_for_next(again, again.opened, first.id)
    save_room(again, twice)
    assert shown(twice) == cut(workplace)


def test_what_was_trimmed_split_and_added_is_cut_so(workplace: Workplace) -> None:
    room = enter(workplace)
    one, other = room.opened.highlights
    now = nudge(room.opened, room.film, one.id, "in", 3)
    now = lock(now, other.id)
    free = next(start for start in range(280) if all(end <= start or start + 6 <= first for first, end in now.shown))
    now = add(now, room.film, (free, free + 6))
    save_room(room, now)
    assert set(cut(workplace)) >= set(shown(now))
    again = enter(workplace)
    assert all(kept.is_locked for kept in again.opened.highlights if kept.pieces[0] in shown(now))


def test_offers_fit_beside_all_others_and_are_not_the_same_again(workplace: Workplace) -> None:
    room = enter(workplace)
    one, other = room.opened.highlights
    found = offered(room, room.opened, one.id, 3)
    assert found and len(found) <= 3
    for pieces in found:
        swapped = swap(room.opened, room.film, one.id, pieces)
        assert swapped.find(other.id) == other
    refused = reject(room.opened, room.film, one.id, found[0])
    assert one.pieces not in offered(room, refused, one.id, 3)
    with pytest.raises(PlanError, match="no highlight"):
        offered(room, room.opened, "h99")


def test_two_editors_in_one_room_lose_nothing(workplace: Workplace) -> None:
    mine, theirs = enter(workplace), enter(workplace)
    one, other = mine.opened.highlights
    save_room(mine, nudge(mine.opened, mine.film, one.id, "out", -2))
    both = save_room(theirs, nudge(theirs.opened, theirs.film, other.id, "out", -4))
    assert {stretch.frames for stretch in both.base.decided.locked} == {
        (one.pieces[0][0], one.pieces[0][1] - 2),
        (other.pieces[0][0], other.pieces[0][1] - 4),
    }
    further = nudge(both.opened, both.film, other.id, "out", -1)
    assert len(save_room(both, further).base.decided.locked) == 2, "who saves again changes what they saved"
    late = trim(theirs.opened, theirs.film, one.id, "in", one.pieces[0][0] + 7)
    with pytest.raises(ProjectError, match="same highlights") as refused:
        save_room(theirs, late)
    assert refused.value.data["conflict"]


def test_what_was_saved_can_be_undone_and_saved_again(workplace: Workplace) -> None:
    before = cut(workplace)
    room = enter(workplace)
    one, other = room.opened.highlights
    work = History(room.opened)
    work = work.done(nudge(work.now, room.film, one.id, "in", 3), "trim")
    work = work.done(reject_for_next(room, work.now, other.id), "reject")
    saved = save_room(room, work.now)
    assert cut(workplace) != before
    work = work.undone().undone()
    save_room(saved, work.now)
    assert cut(workplace) == before
    work = work.redone()
    again = enter(workplace)
    save_room(again, work.now)
    assert shown(work.now)[0] in cut(workplace)


def test_words_are_on_the_timeline_and_points_snap_to_them(workplace: Workplace) -> None:
    workplace.film.with_suffix(".srt").write_text("1\n00:00:01,100 --> 00:00:02,000\nFly higher\n")
    room = enter(workplace)
    told = json.loads(room.timeline().path.read_text("utf-8"))
    assert told["words"]["text"] == "Fly\nhigher" and told["words"]["starts"][0] == 26
    assert "interest" in told["curves"] and len(told["shots"]["scores"]) == len(told["shots"]["starts"]) == 6
    assert [one.kind for one in snaps_near(room.snap_points, 25, "in", within=1)] == ["word"]


def test_the_proxy_is_made_of_the_film_as_clips_have_it(workplace: Workplace) -> None:
    room = enter(workplace)
    assert find_proxy(room.proxied, room.workshop) is None
    made = make_proxy(room.proxied, room.workshop).artifact
    assert find_proxy(enter(workplace).proxied, room.workshop) == made
    assert made.receipt["frames"] == room.film.frame_count == 288


def test_several_pieces_become_an_edit_that_the_command_line_cuts(workplace: Workplace, media: Media) -> None:
    first, second = enter(workplace), enter(workplace)
    one = first.opened.highlights[0]
    start, end = one.pieces[0]
    pieces = ((start, start + 4), (start + 6, end))
    now = swap(first.opened, first.film, one.id, pieces)
    save_room(first, now)
    with pytest.raises(ProjectError, match="made by somebody else") as refused:
        save_room(second, swap(second.opened, second.film, one.id, ((start, start + 5), (start + 6, end))))
    assert refused.value.data["conflict"]
    path = first.order.main.project / f"{one.id}.edit.json"
    path = path.rename(workplace.films / path.name)
    ran = workplace.matinee("cut", path, "--platform", "quad", "--highlights", "short")
    assert ran.code == 0, ran.err
    (clip,) = (workplace.out() / "edits" / one.id / "clips").glob("*-quad.mp4")
    assert media.read_frames(clip) == [(1, frame) for first_frame, last in pieces for frame in range(first_frame, last)]


def test_clips_are_shown_as_they_are_rendered_once_it_is_saved(workplace: Workplace) -> None:
    room = enter(workplace)
    first, second = room.opened.highlights
    now = hold(room, nudge(room.opened, room.film, first.id, "in", 3))
    shown = {name: clips_of(room, now, name) for name in (first.id, second.id)}
    save_room(room, now)
    request = CutRequest(highlights="short", platforms=("tall",))
    (plan,) = plan_film(analyse(workplace.film, request), request)
    assert len(plan.clips) == 2
    for clip in plan.clips:
        (one,) = shown[clip.highlight.id]
        assert (one.name, one.pictures, one.zones, one.shown) == (clip.name, clip.pictures, clip.zones, clip.shown)


def test_what_would_not_be_chosen_again_is_held(workplace: Workplace) -> None:
    room = enter(workplace)
    free = next(at for at in range(280) if all(end <= at or at + 6 <= start for start, end in room.opened.shown))
    now = hold(room, add(room.opened, room.film, (free, free + 6)))
    assert shown(now)[:2] == shown(room.opened) and any(one.is_locked for one in now.highlights[:2])
    save_room(room, now)
    assert sorted(cut(workplace)) == sorted(shown(now))
    assert hold(room, room.opened) == room.opened, "what is chosen anyway needs no lock"


def test_an_edit_has_no_room(workplace: Workplace) -> None:
    room = enter(workplace)
    edit = room.chosen.choice.highlights[0].edit
    masters = (EditMaster(room.study.digest, "kite.mp4", room.film.rate),)
    path = workplace.films / "h1.edit.json"
    save_edit(path, EditFile(edit, room.film.rate, masters), expected=None)
    request = CutRequest(highlights="short", platforms=("tall",))
    with pytest.raises(PlanError, match="is an edit"):
        enter_room(analyse(path, request), request)
