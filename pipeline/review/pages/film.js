// Plays clips, moves among them by keys, and takes verdicts on one or several.
import { change, keepLooking, say } from "./ask.js";

const page = document.querySelector("#judge");
const clips = [...page.querySelectorAll(".clip[data-clip]")];
const byId = new Map(clips.map((clip) => [clip.dataset.clip, clip]));
const bar = document.querySelector("#chosen");
const noting = document.querySelector("#noting");
const replacing = document.querySelector("#replacing");
const keys = document.querySelector("#keys");
const useKeys = document.querySelector("#use-keys");
const chosen = new Set();
let current = null;
let noted = [];
let replaced = null;

const called = (clip) => clip.getAttribute("aria-label");

// Moving -------------------------------------------------------------------------------------------------------------

function point(clip) {
  if (current) current.tabIndex = -1;
  current?.classList.remove("current");
  current = clip;
  clip.tabIndex = 0;
  clip.classList.add("current");
}

function go(clip) {
  if (!clip) return;
  point(clip);
  clip.focus({ preventScroll: true });
  clip.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function step(by) {
  const at = clips.indexOf(current);
  go(document.activeElement === current || page.contains(document.activeElement) ? clips[at + by] : current);
}

function stepRow(by) {
  const rows = [...page.querySelectorAll(".highlight")].filter((row) => row.querySelector(".clip[data-clip]"));
  const at = rows.indexOf(current.closest(".highlight"));
  go(rows[at + by]?.querySelector(".clip[data-clip]"));
}

// Playing ------------------------------------------------------------------------------------------------------------

function play(clip) {
  let video = clip.querySelector("video");
  for (const other of page.querySelectorAll("video")) if (other !== video) other.pause();
  if (!video) {
    const link = clip.querySelector(".picture");
    const picture = link.querySelector("img");
    video = document.createElement("video");
    video.className = "picture";
    video.controls = video.playsInline = true;
    video.width = picture.width;
    video.height = picture.height;
    video.setAttribute("width", picture.getAttribute("width"));
    video.setAttribute("height", picture.getAttribute("height"));
    video.poster = picture.src;
    video.src = link.href;
    video.setAttribute("aria-label", called(clip));
    video.addEventListener("error", () => say(`${called(clip)} cannot be played. Load the page again.`, "bad"));
    const hadFocus = link.contains(document.activeElement);
    link.replaceWith(video);
    if (hadFocus) video.focus();
  }
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

// Verdicts -----------------------------------------------------------------------------------------------------------

function show(clip, entry) {
  clip.dataset.verdict = entry ? entry.verdict : "";
  if (entry && entry.region === clip.dataset.region) clip.dataset.seen = entry.number;
  clip.querySelector(".what").textContent = entry ? entry.verdict : "no verdict";
  const when = entry ? new Date(entry.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
  const where = entry?.region ? `, for ${entry.region}` : "";
  clip.querySelector(".by").textContent = entry ? `${entry.who}, ${when}${where}` : "";
  const note = clip.querySelector(".verdict .note");
  note.textContent = entry?.note ?? "";
  note.hidden = !entry?.note;
}

function count() {
  const given = clips.map((clip) => clip.dataset.verdict);
  const approved = given.filter((verdict) => verdict === "approved").length;
  const rejected = given.filter((verdict) => verdict === "rejected").length;
  const left = clips.length - approved - rejected;
  if (!clips.length || (approved + rejected === 0 && !document.querySelector("#standing-told").dataset.counted)) return;
  const told = document.querySelector("#standing-told");
  told.dataset.counted = "yes";
  const kind = left ? "partly reviewed" : !rejected ? "approved" : approved ? "approved in part" : "rejected";
  document.querySelector("#standing").textContent = left ? "waiting for review" : kind;
  told.closest(".state").dataset.kind = kind;
  told.textContent = `${left ? `${left} of ${clips.length} left: ` : ""}${approved} approved, ${rejected} rejected`;
}

async function judge(judged, verdict, note = "") {
  const asked = judged.map((clip) => ({ id: clip.dataset.clip, seen: Number(clip.dataset.seen) }));
  for (const clip of judged) clip.classList.add("busy");
  const { status, told } = await change("/verdicts", { verdict, note, clips: asked });
  for (const clip of judged) clip.classList.remove("busy");
  if (status !== 200 && !(status === 409 && told.conflicts)) {
    say(`${told.told} ${told.remedy}`, "bad");
    return false;
  }
  for (const entry of told.given) show(byId.get(entry.id), entry);
  for (const one of told.conflicts) {
    const clip = byId.get(one.id);
    if (one.standing) show(clip, one.standing);
    tellConflict(clip, one.told);
  }
  for (const entry of told.given) byId.get(entry.id).querySelector(".conflict")?.remove();
  count();
  const done = told.given.length === 1 ? called(byId.get(told.given[0].id)) : `${told.given.length} clips`;
  const gone = told.conflicts.length;
  if (gone) {
    const first = `${called(byId.get(told.conflicts[0].id))}: ${told.conflicts[0].told}`;
    say(`${told.given.length ? `${done} ${verdict}. ` : ""}Not written down: ${first}${gone > 1 ? ` And ${gone - 1} more.` : ""}`, "bad");
    return false;
  }
  say(`${done} ${verdict}.`);
  chooseNone();
  return true;
}

function tellConflict(clip, text) {
  clip.querySelector(".conflict")?.remove();
  const line = document.createElement("p");
  line.className = "conflict";
  line.textContent = text;
  clip.querySelector(".buttons").before(line);
}

function note(judged) {
  noted = judged;
  document.querySelector("#noting-title").textContent =
    judged.length === 1 ? called(judged[0]) : `${judged.length} clips`;
  noting.returnValue = "";
  noting.showModal();
  document.querySelector("#note").focus();
}

noting.addEventListener("close", async () => {
  const field = document.querySelector("#note");
  // What somebody wrote is kept until it is written down.
  if (noting.returnValue && (await judge(noted, noting.returnValue, field.value))) field.value = "";
});

replacing.addEventListener("close", async () => {
  if (!replacing.returnValue) return;
  const field = document.querySelector("#why");
  const asked = {
    document: replaced.closest(".section").dataset.document,
    highlight: replaced.dataset.highlight,
    shown: replaced.dataset.shown,
    note: field.value,
  };
  const { status, told } = await change("/rejections", asked);
  if (status !== 200) {
    say(`${told.told} ${told.remedy}`, "bad");
    return;
  }
  field.value = "";
  replaced.classList.add("gone");
  const button = replaced.querySelector(".replace");
  const line = document.createElement("p");
  line.className = "warning";
  line.textContent = `${told.told} ${told.remedy}`;
  button.replaceWith(line);
  say(told.told);
  await lookAgain();
});

// Choosing several ---------------------------------------------------------------------------------------------------

function choose(clip, is) {
  clip.querySelector(".pick").checked = is;
  clip.classList.toggle("picked", is);
  if (is) chosen.add(clip);
  else chosen.delete(clip);
  bar.hidden = chosen.size === 0;
  document.querySelector("#chosen-count").textContent = chosen.size === 1 ? "1 clip chosen" : `${chosen.size} clips chosen`;
}

function chooseNone() {
  for (const clip of [...chosen]) choose(clip, false);
}

function chooseRow(row) {
  const all = [...row.querySelectorAll(".clip[data-clip]")];
  const is = !all.every((clip) => chosen.has(clip));
  for (const clip of all) choose(clip, is);
}

const meant = () => (chosen.size ? [...chosen] : [current]);

// What is pressed ----------------------------------------------------------------------------------------------------

function act(button, judged) {
  if (button.matches(".approve")) judge(judged, "approved");
  else if (button.matches(".reject")) judge(judged, "rejected");
  else if (button.matches(".noting")) note(judged);
}

page.addEventListener("click", (event) => {
  const clip = event.target.closest(".clip[data-clip]");
  if (clip) point(clip);
  const link = event.target.closest("a.picture");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    play(clip);
  }
  const button = event.target.closest("button");
  if (button?.matches(".replace")) {
    replaced = button.closest(".highlight");
    replacing.returnValue = "";
    replacing.showModal();
  } else if (button && clip) act(button, [clip]);
});

page.addEventListener("change", (event) => {
  if (event.target.matches(".pick")) choose(event.target.closest(".clip"), event.target.checked);
});

page.addEventListener("focusin", (event) => {
  const clip = event.target.closest(".clip[data-clip]");
  if (clip && clip !== current) point(clip);
});

bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches(".none")) chooseNone();
  else if (button) act(button, [...chosen]);
});

document.querySelector("#show-keys").addEventListener("click", () => keys.showModal());

try {
  useKeys.checked = localStorage.getItem("keys") !== "off";
  useKeys.addEventListener("change", () => localStorage.setItem("keys", useKeys.checked ? "on" : "off"));
} catch {
  // A browser that keeps nothing has the keys.
}

const KEYS = {
  j: () => step(1),
  ArrowRight: () => step(1),
  k: () => step(-1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => stepRow(1),
  ArrowUp: () => stepRow(-1),
  " ": () => play(current),
  a: () => judge(meant(), "approved"),
  r: () => judge(meant(), "rejected"),
  n: () => note(meant()),
  x: () => choose(current, !chosen.has(current)),
  X: () => chooseRow(current.closest(".highlight")),
  Escape: chooseNone,
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (target.matches("input:not([type=checkbox]), textarea, select")) return;
  if (key === "?") {
    keys.showModal();
    return;
  }
  if (!useKeys.checked || !current) return;
  if (target.matches("video") && (key === " " || key.startsWith("Arrow"))) return;
  if (key === " " && target.matches("button, a, summary, input")) return;
  const does = KEYS[key] ?? KEYS[key.length === 1 && !event.shiftKey ? key.toLowerCase() : key];
  if (!does) return;
  event.preventDefault();
  does();
});

// What others decide meanwhile ---------------------------------------------------------------------------------------

function take(verdicts) {
  const isOther = clips.some((clip) => !(clip.dataset.clip in verdicts)) || Object.keys(verdicts).length !== byId.size;
  document.querySelector("#changed").hidden = !isOther;
  for (const [id, entry] of Object.entries(verdicts)) {
    const clip = byId.get(id);
    if (!clip || clip.classList.contains("busy")) continue;
    const isNew = entry && entry.region === clip.dataset.region && entry.number > Number(clip.dataset.seen);
    if (!isNew) continue;
    show(clip, entry);
    say(`${called(clip)}: ${entry.verdict} by ${entry.who}.`);
    count();
  }
}

async function lookAgain() {
  const answer = await fetch(`/films/${page.dataset.film}/verdicts`);
  if (answer.ok) take(await answer.json());
}

if (clips.length) {
  point(clips.find((clip) => !clip.dataset.verdict) ?? clips[0]);
  keepLooking(`/films/${page.dataset.film}/verdicts`, 4000, take);
}
