// Puts the films of a block in order: what an order comes to is asked of the server, and nothing of it is reckoned here.
import { change, look, say } from "./ask.js";
import { drawBar } from "./blockbar.js";
import { Board, same } from "./blockorder.js";
import { Others } from "./blockothers.js";
import { BlockPlayer } from "./blockplay.js";
import { Saving } from "./blocksaving.js";
import { capital, made } from "./nodes.js";
import { follow } from "./preparing.js";

const find = (id) => document.querySelector(`#${id}`);
const root = find("block");
const address = `/blocks/${root.dataset.block}`;
const LOOK_MS = 300;
const TRY_MS = 80;
const REST_MS = 200;
const films = new Map();
let board = null;
let player = null;
let work = null;
let past = [];
let future = [];
let saved = [];
let verdict = null;
let judging = null;
let resting = null;
let asked = 0;

// Opening ------------------------------------------------------------------------------------------------------------

async function open() {
  find("again").hidden = true;
  find("stop").hidden = false;
  find("entering").hidden = false;
  await measured(await change(`${address}/open`, {}), begin);
}

// Follows what measures films until it has ended, one way or another.
async function measured(asked, done) {
  const { state, words } = await follow(asked, `${address}/progress`, LOOK_MS, show);
  if (state === "done") return done();
  if (work === null) {
    find("entering-told").textContent = words;
    find("entering-share").hidden = true;
    find("stop").hidden = true;
    find("again").hidden = false;
  } else {
    find("entering").hidden = true;
    say(words, state === "stopped" ? "" : "bad");
  }
  return undefined;
}

function show({ stage, share }) {
  find("entering-told").textContent = `${capital(stage || "opening the block")} …`;
  const bar = find("entering-share");
  bar.hidden = false;
  if (share > 0) bar.value = share;
  else bar.removeAttribute("value");
}

async function begin() {
  const found = await look(`${address}/work`);
  if (found === null) return measured({ status: 0, told: { told: "The block could not be read.", remedy: "Load the page again." } });
  take(found);
  board = new Board({
    root: find("table"), order: find("order"), beside: find("beside"), films,
    picture: (id) => `${address}/films/${id}/picture`,
    onTry: (order) => judge(order, TRY_MS),
    onDone: done,
  });
  saved = work.order;
  board.playing = player?.shown?.id ?? null;
  find("entering").hidden = true;
  find("table").hidden = false;
  settle(work.order);
  root.dataset.ready = "yes";
  return undefined;
}

function take(found) {
  work = found;
  films.clear();
  for (const film of found.films) films.set(film.id, film);
  find("left-out").hidden = !found.left_out;
  find("left-out").textContent = `${found.left_out} more films are named by the file and not shown here: name single files in [[films]].`;
  list(find("unusable"), found.unusable.map(({ name, why }) => `${name}: ${why}`), "Files that cannot be used");
  list(find("notes"), [...found.rules.map((rule) => `Asked for: ${rule}.`), ...found.notes], "Rules and notes");
}

function list(where, words, name) {
  where.hidden = !words.length;
  where.querySelector("summary").textContent = `${name} (${words.length})`;
  where.querySelector("ul").replaceChildren(...words.map((text) => made("li", { text })));
}

// An order, and what is said of it -----------------------------------------------------------------------------------

function done(order, id) {
  past.push(board.now);
  future = [];
  settle(order, id);
}

function step(from, to) {
  if (!from.length) return;
  to.push(board.now);
  settle(from.pop());
}

function settle(order, id) {
  board.show(order);
  find("undo").disabled = !past.length;
  find("redo").disabled = !future.length;
  find("unsaved").textContent = same(order, saved) ? "" : "not saved";
  find("others-count").textContent = String(board.othersCount || "");
  showStale();
  judge(order, 0, id);
  clearTimeout(resting);
  resting = setTimeout(() => askBeside(order), REST_MS);
}

function judge(order, pause, id) {
  clearTimeout(judging);
  judging = setTimeout(async () => {
    const own = (asked += 1);
    const { status, told: answer } = await change(`${address}/judge`, { films: order });
    if (own !== asked) return;
    if (status !== 200) return say(`${answer.told} ${answer.remedy}`, "bad");
    verdict = answer;
    board.show(board.now, answer);
    showVerdict();
    if (id) announce(id);
    return undefined;
  }, pause);
}

async function askBeside(order) {
  const { status, told: answer } = await change(`${address}/beside`, { films: order });
  if (status === 200 && same(order, board.now)) board.show(board.now, null, new Map(answer.map((one) => [one.id, one])));
}

function showVerdict() {
  const { length, broken, moved } = verdict;
  find("length").textContent = length.shown;
  find("length").dataset.seconds = length.seconds;
  find("off").textContent = length.told;
  find("length").parentElement.dataset.is = length.is_allowed ? "good" : "bad";
  find("bounds").textContent = `asked for: ${verdict.bounds}`;
  const kept = `All rules are kept${verdict.is_chosen ? "; this is the best programme that was found" : ""}.`;
  // Why the file's own films could not be chosen, as long as nobody has changed what it begins with.
  const nothing = same(board.now, work.order) ? work.told : "";
  find("state").textContent = broken.length ? nothing : kept;
  find("state").dataset.is = broken.length ? "bad" : "good";
  find("broken").replaceChildren(...broken.map((text) => made("li", { text })));
  find("moved").replaceChildren(...moved.map((text) => made("li", { text: `${text} Saving gives the order, and takes that wish out.` })));
  drawBar(find("bar"), verdict, new Map([...films].map(([name, film]) => [name, film.title])), board.playing);
}

// What a screen shows at a glance, for who hears it.
function announce(id) {
  const at = verdict.films.findIndex((film) => film.id === id);
  const where = at < 0 ? "is out" : `is ${at + 1} of ${verdict.films.length}`;
  const rules = verdict.broken.length ? `${verdict.broken.length} rules broken` : "all rules kept";
  find("announced").textContent = `${films.get(id).title} ${where}. ${verdict.length.shown}, ${verdict.length.told}; ${rules}.`;
}

async function add(film, name) {
  const before = new Set(films.keys());
  find("entering").hidden = false;
  find("stop").hidden = false;
  await measured(await change(`${address}/add`, { film }), async () => {
    find("entering").hidden = true;
    const found = await look(`${address}/work`);
    if (found === null) return;
    const { seen } = work;
    take(found);
    work.seen = seen;
    settle(board.now);
    others.show();
    const fresh = [...films.keys()].find((id) => !before.has(id));
    say(fresh ? `${name} stands beside the order now.` : `${name} is here already, under another name.`);
    if (fresh) board.focus(fresh, "in");
  });
}

function askToSave() {
  if (board !== null && verdict !== null) saving.ask(verdict.broken, work.is_given);
}

const saving = new Saving(address, root.dataset.file, {
  order: () => board.now,
  seen: () => work.seen,
  onSaved: (order, seen) => {
    saved = order;
    work.seen = seen;
    work.is_given = true;
    settle(order);
  },
  // Nothing is lost that the page would ask about before it is left.
  onLeave: () => {
    past = [];
    saved = board.now;
  },
});

const others = new Others(address, () => board !== null, add);

// Playing ------------------------------------------------------------------------------------------------------------

// What plays was made of the order that the file had then.
function showStale() {
  const stale = find("stale");
  if (stale && player) stale.hidden = board === null || same(board.now, player.chapters.map((film) => film.id));
}

function showFilm(id) {
  if (board === null) return;
  board.mark(id);
  if (verdict) showVerdict();
}

async function copyCommand() {
  try {
    await navigator.clipboard.writeText(find("command").textContent);
    say("Copied.");
  } catch {
    getSelection().selectAllChildren(find("command"));
    say("Chosen: copy it with the keys of your system.");
  }
}

// Keys and buttons ---------------------------------------------------------------------------------------------------

const KEYS = {
  n: () => player?.join(1),
  p: () => player?.join(-1),
  " ": () => player?.toggle(),
  "?": () => find("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (event.target.closest("input, textarea") || board === null) return;
    if (key === "z") event.shiftKey ? step(future, past) : step(past, future);
    else if (key === "y") step(future, past);
    else if (key === "s") askToSave();
    else return;
    event.preventDefault();
    return;
  }
  if (event.altKey || event.target.closest("input, textarea, select, summary, video")) return;
  if (event.key === " " && event.target.closest("button, a")) return;
  const does = KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});
find("undo").addEventListener("click", () => step(past, future));
find("redo").addEventListener("click", () => step(future, past));
find("save").addEventListener("click", askToSave);
find("stop").addEventListener("click", () => change(`${address}/stop`, {}));
find("again").addEventListener("click", open);
find("show-keys").addEventListener("click", () => find("keys").showModal());
find("copy-command")?.addEventListener("click", copyCommand);
addEventListener("beforeunload", (event) => {
  if (board && !same(board.now, saved)) event.preventDefault();
});

if (root.dataset.plays === "yes") player = new BlockPlayer(address, showFilm);
if (root.dataset.opens === "yes") open();
const before = sessionStorage.getItem("matinee-said");
if (before) {
  sessionStorage.removeItem("matinee-said");
  say(before);
}
