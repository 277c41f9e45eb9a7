// What people decided about each clip and package, region by region, and what of it counts for the region that is meant.
const OWN = "=";
const aim = document.querySelector("#aim");
const given = new Map();

export const called = (clip) => clip.getAttribute("aria-label");

export function know(clip) {
  given.set(clip, new Map(JSON.parse(clip.dataset.given).map((entry) => [entry.region, entry])));
}

// The region that verdicts are for, nothing for all; null for that which each was made for.
export const aimed = () => (!aim || aim.value === OWN ? null : aim.value);

const regionOf = (clip) => aimed() ?? clip.dataset.region;

// The number of the newest verdict that is known for the region that is meant.
export const seen = (clip) => given.get(clip).get(regionOf(clip))?.number ?? 0;

// The verdict that counts for a clip where it was made for.
export const own = (clip) => given.get(clip).get(clip.dataset.region) ?? given.get(clip).get("");

// Tells whether an entry is news, and keeps it.
export function keep(clip, entry) {
  const known = given.get(clip).get(entry.region);
  if (known && known.number >= entry.number) return false;
  given.get(clip).set(entry.region, entry);
  return true;
}

export function show(clip) {
  const entries = given.get(clip);
  const entry = entries.get(regionOf(clip)) ?? entries.get("");
  clip.dataset.verdict = entry?.verdict ?? "";
  clip.querySelector(".what").textContent = entry?.verdict ?? "no verdict";
  const when = entry ? new Date(entry.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) : "";
  const where = entry?.region ? `, for ${entry.region}` : "";
  clip.querySelector(".by").textContent = entry ? `${entry.who}, ${when}${where}` : "";
  const note = clip.querySelector(".verdict .note");
  note.textContent = entry?.note ?? "";
  note.hidden = !entry?.note;
  const others = [...entries.values()].filter((one) => one !== entry);
  clip.querySelector(".elsewheres").replaceChildren(...others.map((one) => {
    const line = document.createElement("p");
    line.className = "elsewhere";
    line.textContent = `${one.verdict} for ${one.region || "all regions"} by ${one.who}`;
    return line;
  }));
}

export function onAim(does) {
  aim?.addEventListener("change", does);
}

// Goes on to the next region; returns what it is called, nothing where there is no choice.
export function nextAim() {
  if (!aim) return "";
  aim.selectedIndex = (aim.selectedIndex + 1) % aim.options.length;
  aim.dispatchEvent(new Event("change"));
  return aim.selectedOptions[0].textContent;
}
