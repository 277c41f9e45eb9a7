// A film's cutting room: what is shown, what is done, and what came of it.
import { change, look, say } from "./ask.js";
import { Bench } from "./bench.js";
import { Clock } from "./clock.js";
import { useKeys } from "./cuttingkeys.js";
import { capital, make } from "./nodes.js";
import { Notices } from "./notices.js";
import { Platforms } from "./platforms.js";
import { Player } from "./player.js";
import { follow } from "./preparing.js";
import { Replacing } from "./replacing.js";
import { Suite } from "./suite.js";
import { Timeline } from "./timeline.js";

const find = (id) => document.querySelector(`#${id}`);
const room = find("room");
const address = `/films/${room.dataset.film}/room`;
const video = find("video");
const slider = find("timeline");
const LOOK_MS = 500;

let clock;
let player;
let timeline;
let bench;
let platforms;
let state = null;
let current = null;
let marks = [null, null];
let line = Promise.resolve();

const chosen = () => state.highlights.find((one) => one.id === current) ?? null;

// Coming in ----------------------------------------------------------------------------------------------------------

async function enter(anew = false) {
  find("entering").hidden = false;
  find("stop").hidden = false;
  find("again").hidden = true;
  const { state: end, words } = await follow(await change(`${address}/enter`, { anew }), `${address}/progress`, LOOK_MS, ({ stage, share }) => {
    find("entering-told").textContent = `${capital(stage || "opening the room")} …`;
    find("entering-share").value = share;
  });
  if (end === "done") {
    await begin();
    return;
  }
  find("entering-told").textContent = words;
  find("stop").hidden = true;
  find("again").hidden = false;
  find("again").focus();
}

async function begin() {
  const film = await look(`${address}/film`);
  const [drawing, work] = film ? await Promise.all([look(film.timeline), look(`${address}/work`)]) : [null, null];
  if (!drawing || !work) {
    find("entering-told").textContent = "The room could not be opened. Load the page again.";
    return;
  }
  find("entering").hidden = true;
  room.hidden = false;
  if (timeline) {
    // The film is the same: what is on the bench, and in files, is not.
    platforms.forget();
    take(work);
    slider.focus();
    lookForDrafts();
    return;
  }
  clock = new Clock(film, drawing.times);
  slider.setAttribute("aria-valuemax", String(clock.count - 1));
  platforms = new Platforms(room, video, address, {
    current: () => current,
    player: () => player,
    told: (frame) => clock.told(frame),
    onMove: moveCrop,
    onEnd: () => slider.focus(),
    onNone: needs,
  });
  bench = new Bench(find("list"), { told: (frame) => clock.told(frame), onChoose: (id, goes) => choose(id, goes), onDo: run });
  timeline = new Timeline(slider, find("canvas"), { film, drawing, clock, sheet: (number) => `${address}/sheets/${number}` }, {
    onSeek: (frame) => player.seek(frame),
    onChoose: (id) => choose(id, false),
    onTrim: (highlight, piece, edge, frame) => step({ do: "trim", highlight, piece, edge, frame }),
  });
  player = new Player(video, clock, { onFrame: showFrame, onPicture: () => platforms.draw(player.frame), onState: showState });
  video.addEventListener("error", () => say("The film's small copy cannot be played. Load the page again.", "bad"));
  video.src = film.proxy;
  take(work);
  choose(state.highlights[0]?.id ?? null, true);
  useKeys(run);
  room.dataset.ready = "yes";
  lookForDrafts();
}

async function lookForDrafts() {
  notices.showDrafts((await look(`${address}/drafts`)) ?? []);
}

// What is shown ------------------------------------------------------------------------------------------------------

function showFrame(frame) {
  const told = clock.told(frame);
  find("timecode").textContent = told;
  slider.setAttribute("aria-valuenow", String(frame));
  slider.setAttribute("aria-valuetext", `${told}, frame ${frame}`);
  timeline.goTo(frame);
  platforms.goTo(frame);
}

function showState() {
  find("play").textContent = player?.isPlaying ? "Pause" : "Play";
}

function take(work, { rests = true } = {}) {
  const before = state;
  state = work;
  if (!state.highlights.some((one) => one.id === current)) {
    const at = before ? before.highlights.findIndex((one) => one.id === current) : 0;
    current = state.highlights[Math.min(Math.max(0, at), state.highlights.length - 1)]?.id ?? null;
  }
  timeline.highlights = state.highlights;
  timeline.current = current;
  timeline.draw();
  bench.show(state.highlights, current);
  for (const [id, name, told] of [["undo", "Undo", state.undoes], ["redo", "Redo", state.redoes]]) {
    find(id).disabled = told === null;
    find(id).title = told === null ? "" : `${name} ${told}`;
  }
  find("unsaved").textContent = state.is_saved ? "" : "not saved";
  find("rejected").hidden = !state.rejected.length;
  find("rejected-list").replaceChildren(...state.rejected.map((one) => make("li", "", `${one.id}, ${range(one.pieces)}${one.note ? `: ${one.note}` : ""}`)));
  notices.showAside(state.aside);
  platforms.show(chosen(), { rests });
}

function range(pieces) {
  return pieces.map(([start, end]) => `${clock.told(start)} – ${clock.told(end)}`).join(", ");
}

function choose(id, goes) {
  const isOther = id !== current;
  current = id;
  timeline.current = id;
  bench.choose(id);
  timeline.draw();
  const one = chosen();
  if (one && goes) {
    player.pause();
    player.seek(one.pieces[0][0]);
  }
  if (isOther) say(one ? `${one.id}: ${range(one.pieces)}` : "None is chosen: in and out are marks of a new one now.");
  if (isOther) platforms.show(one);
}

// What is done -------------------------------------------------------------------------------------------------------

// One after the other, each on what came of the one before.
function step(asked) {
  line = line.then(async () => {
    room.classList.add("busy");
    const { status, told } = await change(`${address}/work`, { seen: state.number, step: asked });
    room.classList.remove("busy");
    await came(status, told, () => say(tellStep(asked, told)));
  });
  return line;
}

async function came(status, told, done, how) {
  if (status === 200) {
    const before = new Set(state.highlights.map((one) => one.id));
    const added = told.highlights.find((one) => !before.has(one.id));
    take(told, how);
    done();
    if (added) choose(added.id, false);
    return;
  }
  say(`${told.told} ${told.remedy}`, "bad");
  await lookAgain();
}

// What was refused may have changed something as well, such as a save that ended half way.
async function lookAgain() {
  const now = await look(`${address}/work`);
  if (now && now.number !== state.number) take(now);
}

function tellStep(asked, now) {
  if (asked.do === "undo") return `Undone: ${state.redoes ?? "the last step"}.`;
  if (asked.do === "redo") return `Done again: ${state.undoes ?? "the last step"}.`;
  if (asked.do === "regain") return `What you had of ${asked.highlight} is back.`;
  if (asked.do === "add") return `${now.highlights.at(-1).id} is new.`;
  const one = now.highlights.find((other) => other.id === asked.highlight);
  if (asked.do === "reject") return one ? `Rejected. ${one.id} is now ${range(one.pieces)}.` : "Rejected. There is nothing else to take its place.";
  return one ? `${one.id}: ${range(one.pieces)}, ${one.seconds.toFixed(2)} s.` : `${asked.highlight} is removed.`;
}

function save() {
  line = line.then(async () => {
    const { status, told } = await change(`${address}/save`, { seen: state.number });
    if (status === 409 && told.theirs) {
      notices.showConflict(told);
      await lookAgain();
      return;
    }
    await came(status, told, () => {
      notices.showConflict(null);
      const held = told.held.length ? ` ${told.held.join(", ")} would not be chosen again beside the others, and is locked as well.` : "";
      say(told.merged ? "Saved. What others decided of this film meanwhile is kept, and shown now as well." : `Saved.${held} Cut again on the film's page (U, then C) makes the clips.`);
    });
    if (status === 200 && told.merged) await enter(true);
  });
  return line;
}

function settle(draft, how) {
  line = line.then(async () => {
    const { status, told } = await change(`${address}/drafts`, { seen: state.number, draft: draft.id, do: how });
    await came(status, told, () => say(how === "leave" ? "It is left." : "It is on the bench again, not saved yet. Undo takes it back."));
    await lookForDrafts();
    slider.focus();
  });
  return line;
}

const nudge = (edge, frames) => {
  const one = chosen();
  if (!one) return needs();
  const piece = edge === "out" ? one.pieces.length - 1 : 0;
  return step({ do: "nudge", highlight: one.id, edge, frames, piece }).then(() => {
    const now = chosen();
    if (now && edge !== "both") player.seek(edge === "in" ? now.pieces[0][0] : now.pieces.at(-1)[1] - 1);
  });
};

function needs() {
  say("Choose a highlight first.");
}

function setPoint(edge) {
  const one = chosen();
  const frame = edge === "in" ? player.frame : player.frame + 1;
  if (!one) {
    marks = edge === "in" ? [frame, marks[1]] : [marks[0], frame];
    timeline.marks = marks;
    timeline.draw();
    say(`Mark ${edge} at ${clock.told(frame)}.`);
    return;
  }
  // Of a montage, the piece that the frame is in, else the first or the last.
  const within = one.pieces.findIndex(([start, end]) => start <= player.frame && player.frame < end);
  const piece = within >= 0 ? within : edge === "in" ? 0 : one.pieces.length - 1;
  step({ do: "trim", highlight: one.id, edge, frame, piece });
}

async function add() {
  if (marks[0] === null || marks[1] === null) {
    say("Set marks first: choose none (Esc), then set in and out (I and O).");
    return;
  }
  await step({ do: "add", pieces: [marks] });
}

function move(by) {
  const at = state.highlights.findIndex((one) => one.id === current);
  const next = at < 0 ? (by > 0 ? 0 : state.highlights.length - 1) : at + by;
  if (state.highlights[next]) choose(state.highlights[next].id, true);
}

// Drawn anew at once: what was moved is what its editor looks at.
function moveCrop(post, tell) {
  line = line.then(async () => {
    const { status, told } = await post(state.number);
    await came(status, told, () => say(tell()), { rests: false });
  });
  return line;
}

const notices = new Notices({ range, onStep: step, onSettle: settle, onGoOn: () => enter(true) });
const replacing = new Replacing(address, {
  range,
  onSeek: (frame) => player.seek(frame),
  // What came of it is looked at from its beginning.
  onStep: async (asked) => {
    await step(asked);
    const one = chosen();
    if (one) player.seek(one.pieces[0][0]);
  },
});

const suite = new Suite(find("suite"), address, {
  state: () => state,
  onTaken: (told) => {
    take(told.work);
    if (told.is_on_bench) save();
    else say(told.told);
  },
});

const withOne = (does) => () => (chosen() ? does(chosen()) : needs());
const DOES = {
  back: () => player.step(-1),
  back10: () => player.step(-10),
  on: () => player.step(1),
  on10: () => player.step(10),
  begin: () => player.step(-clock.count),
  end: () => player.step(clock.count),
  start: withOne((one) => player.step(one.pieces[0][0] - player.frame)),
  play: () => player.toggle(),
  playOne: withOne((one) => player.playPieces(one.pieces)),
  forward: () => player.forward(),
  backward: () => player.backward(),
  pause: () => player.pause(),
  setIn: () => setPoint("in"),
  setOut: () => setPoint("out"),
  inSooner: () => nudge("in", -1),
  inLater: () => nudge("in", 1),
  outSooner: () => nudge("out", -1),
  outLater: () => nudge("out", 1),
  inSooner10: () => nudge("in", -10),
  inLater10: () => nudge("in", 10),
  outSooner10: () => nudge("out", -10),
  outLater10: () => nudge("out", 10),
  sooner: () => nudge("both", -1),
  later: () => nudge("both", 1),
  lock: withOne((one) => step({ do: one.is_locked ? "unlock" : "lock", highlight: one.id })),
  split: withOne((one) => step({ do: "split", highlight: one.id, frame: player.frame })),
  offer: withOne((one) => replacing.offer(one)),
  suite: withOne((one) => suite.open(one.id)),
  reject: withOne((one) => (one.is_chosen ? replacing.reject(one) : step({ do: "remove", highlight: one.id }))),
  add,
  undo: () => step({ do: "undo" }),
  redo: () => step({ do: "redo" }),
  save,
  before: () => move(-1),
  next: () => move(1),
  none: () => choose(null, false),
  zoomIn: () => timeline.zoom(1 / 1.6),
  zoomOut: () => timeline.zoom(1.6),
  zoomAll: () => timeline.showAll(),
  zoomOne: withOne((one) => timeline.show(one.pieces[0][0], one.pieces.at(-1)[1])),
  previews: () => platforms.toggle(),
  crop: () => platforms.next(),
  film: () => document.querySelector(".title h1 a").click(),
};

function run(what) {
  DOES[what]();
}

room.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) run(button.dataset.do);
});
find("stop").addEventListener("click", () => change(`${address}/stop`, {}));
find("again").addEventListener("click", () => enter());

enter();
