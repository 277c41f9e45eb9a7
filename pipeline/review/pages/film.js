// Plays clips, moves among them by keys, and takes verdicts on one or several.
import { change, keepLooking, look, say } from "./ask.js";
import { aimed, called, keep, know, nextAim, onAim, own, seen, show } from "./given.js";
import { useKeys } from "./keys.js";

const page = document.querySelector("#judge");
const clips = [...page.querySelectorAll(".clip[data-clip]")];
const cut = clips.filter((clip) => clip.dataset.kind !== "package");
const byId = new Map(clips.map((clip) => [clip.dataset.clip, clip]));
const bar = document.querySelector("#chosen");
const noting = document.querySelector("#noting");
const replacing = document.querySelector("#replacing");
const chosen = new Set();
let current = null;
let noted = [];
let replaced = null;

clips.forEach(know);

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
  if (!video && clip.dataset.kind === "package") {
    location.href = clip.querySelector(".picture").href;
    return;
  }
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

function count() {
  const told = document.querySelector("#standing-told");
  const given = cut.map((clip) => own(clip)?.verdict);
  const approved = given.filter((verdict) => verdict === "approved").length;
  const rejected = given.filter((verdict) => verdict === "rejected").length;
  const left = cut.length - approved - rejected;
  const state = told?.closest(".state");
  if (!cut.length || !state || state.dataset.kind === "running" || (approved + rejected === 0 && !told.dataset.counted)) return;
  told.dataset.counted = "yes";
  const kind = left ? "partly reviewed" : !rejected ? "approved" : approved ? "approved in part" : "rejected";
  document.querySelector("#standing").textContent = left ? "waiting for review" : kind;
  state.dataset.kind = kind;
  told.textContent = `${left ? `${left} of ${cut.length} left: ` : ""}${approved} approved, ${rejected} rejected`;
}

async function judge(judged, verdict, note = "") {
  const asked = { verdict, note, clips: judged.map((clip) => ({ id: clip.dataset.clip, seen: seen(clip) })) };
  if (aimed() !== null) asked.region = aimed();
  for (const clip of judged) clip.classList.add("busy");
  const { status, told } = await change("/verdicts", asked);
  for (const clip of judged) clip.classList.remove("busy");
  if (status !== 200 && !(status === 409 && told.conflicts)) {
    say(`${told.told} ${told.remedy}`, "bad");
    return false;
  }
  for (const entry of told.given) learn(byId.get(entry.id), entry);
  for (const one of told.conflicts) {
    const clip = byId.get(one.id);
    if (one.standing) learn(clip, one.standing);
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

function learn(clip, entry) {
  keep(clip, entry);
  show(clip);
}

// One verdict after the other: on to the next clip that has none.
function judgeAndGo(verdict) {
  const at = clips.indexOf(current);
  const after = [...clips.slice(at + 1), ...clips.slice(0, at)];
  judge(meant(), verdict);
  go(after.find((clip) => !clip.dataset.verdict && !clip.classList.contains("busy")));
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

replacing?.addEventListener("close", async () => {
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
  if (link && clip.dataset.kind !== "package" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
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

const KEYS = {
  j: () => step(1),
  ArrowRight: () => step(1),
  k: () => step(-1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => stepRow(1),
  ArrowUp: () => stepRow(-1),
  " ": () => play(current),
  a: () => judge(meant(), "approved"),
  A: () => judgeAndGo("approved"),
  r: () => judge(meant(), "rejected"),
  R: () => judgeAndGo("rejected"),
  n: () => note(meant()),
  g: () => say(`Verdicts are for ${nextAim()} now.`),
  x: () => choose(current, !chosen.has(current)),
  X: () => chooseRow(current.closest(".highlight")),
  Escape: chooseNone,
};

// What others decide meanwhile ---------------------------------------------------------------------------------------

function take(verdicts) {
  const isOther = clips.some((clip) => !(clip.dataset.clip in verdicts)) || Object.keys(verdicts).length !== byId.size;
  document.querySelector("#changed").hidden = !isOther;
  for (const [id, entries] of Object.entries(verdicts)) {
    const clip = byId.get(id);
    if (!clip || clip.classList.contains("busy")) continue;
    for (const entry of entries) {
      if (!keep(clip, entry)) continue;
      show(clip);
      say(`${called(clip)}: ${entry.verdict} by ${entry.who}${entry.region === clip.dataset.region ? "" : `, for ${entry.region || "all regions"}`}.`);
      count();
    }
  }
}

async function lookAgain() {
  const found = await look(page.dataset.verdicts);
  if (found) take(found);
}

onAim(() => clips.forEach(show));

if (clips.length) {
  point(clips.find((clip) => !clip.dataset.verdict) ?? clips[0]);
  useKeys(KEYS);
  keepLooking(page.dataset.verdicts, 4000, take);
}
