// Edits a preset: what is typed is checked by the server, and before saving it is shown what would change.
import { change, look, say } from "./ask.js";
import { PresetForm, equal } from "./form.js";
import { made } from "./nodes.js";

const editor = document.querySelector("#preset");
const { kind, id } = editor.dataset;
const address = `/presets/${kind}/${id}`;
const part = (name) => document.querySelector(`#${name}`);
const saving = part("saving");
const PAUSE = 250;
let known;
let form;
let pause;
let asked = 0;
let isGood = false;
let diff = [];
let counting = 0;

function isChanged() {
  return !equal(form.words, known.words);
}

function question(more = {}) {
  return { seen: known.seen, words: form.words, ...more };
}

function told(answer) {
  return `${answer.told ?? ""} ${answer.remedy ?? ""}`.trim();
}

function show(faults) {
  form.tell(faults);
  const changed = isChanged();
  const count = faults.length === 1 ? "One thing is wrong" : `${faults.length} things are wrong`;
  part("state").textContent = faults.length ? `${count}.` : changed ? "Changed, and nothing is wrong." : "As it is saved.";
  part("faults").replaceChildren(...faults.slice(0, 20).map(({ field, told: words }) => {
    const go = made("button", { type: "button", text: `${field} ${words}`.trim() });
    go.addEventListener("click", () => {
      const path = field.split(".");
      while (path.length && !form.at(path.join("."))) path.pop();
      form.focus(path.join("."));
    });
    return made("li", {}, go);
  }));
  isGood = faults.length === 0;
  part("review").disabled = !isGood || !changed;
  part("undo").disabled = !changed;
}

function showDiff(where, lines) {
  const names = { "+": "added", "-": "removed", "@": "place" };
  where.replaceChildren(...lines.map((line, place) =>
    made("span", { className: place < 2 ? "place" : (names[line[0]] ?? ""), text: line })));
}

async function check() {
  const own = (asked += 1);
  if (!isChanged()) {
    diff = [];
    return show(known.faults);
  }
  const { status, told: answer } = await change(`${address}/check`, question());
  if (own !== asked) return;
  if (status !== 200) {
    isGood = false;
    part("review").disabled = true;
    part("undo").disabled = false;
    part("state").textContent = told(answer);
    return;
  }
  diff = answer.diff;
  show(answer.faults);
  if (answer.changed_meanwhile) part("state").append(" Somebody else has changed it since you opened it.");
}

function changed() {
  clearTimeout(pause);
  part("review").disabled = true;
  pause = setTimeout(check, PAUSE);
}

// Asks film by film, so that the first answers are there soon and it ends when nobody wants to know.
async function count() {
  const own = (counting += 1);
  const total = { clips: 0, again: 0, gone: 0, fresh: 0, unknown: 0, cpu: 0, timed: true };
  const { documents } = known;
  part("effects").replaceChildren();
  if (!known.counted) {
    part("effect").textContent = "No clip is made with it. What is made with it from now on is; what is there stays as it is.";
    return;
  }
  if (!documents.length) part("effect").textContent = "No clip that is there was made with it.";
  for (const [place, one] of documents.entries()) {
    part("effect").textContent = `Looking at ${one.film}, ${place + 1} of ${documents.length} …`;
    const { status, told: answer } = await change(`${address}/effect`, question({ document: one.id }));
    if (own !== counting || !saving.open) return;
    if (status !== 200) {
      part("effects").append(made("li", { text: `${one.film}: ${told(answer)}` }));
      continue;
    }
    total.clips += answer.clips;
    total.unknown += answer.told ? answer.clips : answer.unknown;
    for (const name of ["again", "gone", "fresh"]) total[name] += answer[name].length;
    if (answer.again.length && answer.cpu_s === null) total.timed = false;
    total.cpu += answer.cpu_s ?? 0;
    part("effects").append(made("li", { text: `${answer.film}: ${effectWords(answer)}` }));
  }
  if (documents.length) part("effect").textContent = totalWords(total);
}

function effectWords(answer) {
  if (answer.told) return `not counted: ${answer.told}`;
  const words = [`${answer.again.length} of ${answer.clips} rendered again`];
  if (answer.again.length) words.push(answer.again.slice(0, 12).join(", "));
  if (answer.gone.length) words.push(`no longer made: ${answer.gone.join(", ")}`);
  if (answer.fresh.length) words.push(`new: ${answer.fresh.join(", ")}`);
  if (answer.unknown) words.push(`${answer.unknown} made otherwise, not counted`);
  return words.join("; ");
}

function totalWords(total) {
  const words = [`An estimate: ${total.again} of ${total.clips} clips would be rendered again`];
  if (total.again && total.cpu) {
    const minutes = total.cpu / 60;
    const shown = minutes < 1 ? "less than a minute" : `about ${Math.round(minutes)} min`;
    words.push(`${shown} of computing, by what it took last time${total.timed ? "" : ", as far as that is known"}`);
  }
  if (total.gone) words.push(`${total.gone} would not be made any more`);
  if (total.fresh) words.push(`${total.fresh} would be new`);
  if (total.unknown) words.push(`nothing is said of ${total.unknown}`);
  if (known.left_out) words.push(`${known.left_out} more films were not looked at`);
  return `${words.join("; ")}.`;
}

async function review() {
  if (!isChanged()) return;
  clearTimeout(pause);
  await check();
  if (!isGood) return;
  showDiff(part("diff"), diff);
  part("refused").textContent = "";
  saving.showModal();
  count();
}

async function save(name) {
  counting += 1;
  const { status, told: answer } = await change(`${address}/save`, question(name === null ? {} : { name }));
  if (status === 200) {
    known.words = structuredClone(form.words);
    sessionStorage.setItem("matinee-said", answer.told);
    location.assign(`/presets/${answer.kind}/${answer.id}`);
  } else if (status === 409 && name === null) {
    saving.close();
    conflict(answer);
  } else {
    part("refused").textContent = told(answer);
  }
}

function conflict(answer) {
  part("conflict").hidden = false;
  part("conflict-told").textContent = answer.told;
  showDiff(part("conflict-diff"), answer.diff);
  part("keep-mine").disabled = part("take-theirs").disabled = answer.theirs === null;
  const settle = (words) => {
    part("conflict").hidden = true;
    known = { ...known, ...answer.theirs };
    form = new PresetForm(part("form"), known.form, words, changed);
    form.base = structuredClone(known.words);
    check();
  };
  part("keep-mine").onclick = () => settle(merged(known.words, form.words, answer.theirs.words));
  part("take-theirs").onclick = () => settle(structuredClone(answer.theirs.words));
  part("conflict").scrollIntoView({ block: "nearest" });
  part("keep-mine").focus();
  say(told(answer), "bad");
}

// Returns theirs with what I changed of what both began with.
function merged(base, mine, theirs) {
  if (equal(base, mine)) return structuredClone(theirs);
  const areTables = [base, mine, theirs].every((one) => one && typeof one === "object" && !Array.isArray(one));
  if (!areTables) return structuredClone(mine);
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  const found = names.map((name) => [name, merged(base[name], mine[name], theirs[name])]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

part("review").addEventListener("click", review);
part("save").addEventListener("click", () => save(null));
part("save-copy").addEventListener("click", () => {
  const name = part("copy").value.trim();
  const isName = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
  part("refused").textContent = isName ? "" : "A name has lower-case letters, digits and single hyphens.";
  if (isName) save(name);
  else part("copy").focus();
});
part("copy").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  part("save-copy").click();
});
part("undo").addEventListener("click", () => {
  form = new PresetForm(part("form"), known.form, structuredClone(known.words), changed);
  check();
});
part("form").addEventListener("submit", (event) => event.preventDefault());
saving.addEventListener("close", () => (counting += 1));
document.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  review();
});
addEventListener("beforeunload", (event) => {
  if (form && isChanged()) event.preventDefault();
});

known = await look(`${address}/form`);
if (known === null) {
  part("state").textContent = "Its file cannot be read as TOML: correct it in a text editor. matinee presets check says where.";
} else {
  form = new PresetForm(part("form"), known.form, structuredClone(known.words), changed);
  show(known.faults);
}
const before = sessionStorage.getItem("matinee-said");
if (before) {
  sessionStorage.removeItem("matinee-said");
  say(before);
}
