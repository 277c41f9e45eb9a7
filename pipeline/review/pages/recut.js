// Shows how a film stands while something is made of it, and has its clips cut again.
import { change, look, say } from "./ask.js";
import { useKeys } from "./keys.js";

const SOON_MS = 1000;
const LATER_MS = 4000;
const address = `/films/${document.querySelector("#judge").dataset.film}`;
const state = document.querySelector(".title .state");
const bar = state.querySelector("progress");
const again = document.querySelector("#recut");
const stop = document.querySelector("#recut-stop");
const fault = document.querySelector("#recut-fault");
const changed = document.querySelector("#changed");
let wasMade = state.dataset.kind === "running";
let isOurs = false;
let asked = 0;

function show({ name, kind, told, share }) {
  state.dataset.kind = kind;
  document.querySelector("#standing").textContent = name;
  document.querySelector("#standing-told").textContent = told;
  bar.hidden = share === null;
  bar.value = share ?? 0;
}

function take(standing) {
  const cut = standing.cut;
  const isMade = standing.kind === "running";
  if (isMade || wasMade) show(standing);
  const isGoing = cut?.state === "working";
  stop.hidden = !isGoing;
  if (again) again.disabled = isMade || isGoing;
  if (isOurs && cut && !isGoing) end(cut);
  else if (wasMade && !isMade) changed.hidden = false;
  wasMade = isMade;
}

function end(cut) {
  isOurs = false;
  fault.hidden = cut.state !== "failed";
  if (cut.state === "failed") {
    fault.textContent = `Nothing was cut: ${cut.told} ${cut.remedy}`;
    say(fault.textContent, "bad");
  } else if (cut.state === "stopped") say("Stopped. What was made is used again next time.");
  else if (document.querySelector("dialog[open], .clip.picked, video")) changed.hidden = false;
  else showAnew(cut.told);
}

// Nobody is in the middle of anything here.
function showAnew(told) {
  try {
    sessionStorage.setItem("told", `Cut again: ${told}.`);
  } catch {
    // Then it is not told.
  }
  location.reload();
}

async function cutAgain() {
  if (!again || again.disabled) return;
  again.disabled = true;
  fault.hidden = true;
  say("Cutting again …");
  asked += 1;
  const { status, told } = await change(`${address}/cut`, {});
  if (status !== 200) {
    again.disabled = false;
    say(`${told.told} ${told.remedy}`, "bad");
    return;
  }
  asked += 1;
  isOurs = true;
  take(told);
}

try {
  const told = sessionStorage.getItem("told");
  if (told) say(told);
  sessionStorage.removeItem("told");
} catch {
  // Nothing was kept.
}

again?.addEventListener("click", cutAgain);
stop.addEventListener("click", () => change(`${address}/cut/stop`, {}));
useKeys({ c: cutAgain, e: () => document.querySelector("#room-link").click() });

async function keepLooking(isFirst = false) {
  const before = asked;
  const found = document.hidden ? null : await look(`${address}/standing`);
  // What was answered before it was asked for says nothing of it.
  if (found && before === asked) {
    // Whoever has loaded the page meanwhile still wants to see the new clips.
    if (isFirst) isOurs = found.cut?.state === "working";
    take(found);
  }
  setTimeout(keepLooking, wasMade || isOurs ? SOON_MS : LATER_MS);
}

keepLooking(true);
