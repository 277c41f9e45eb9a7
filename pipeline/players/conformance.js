// What `matinee check` found of a package, as it stands beside it in conformance.json.

export async function showConformance(url, { badge, section, summary, list }) {
  const answer = await fetch(url);
  if (!answer.ok) return;
  const document = await answer.json();
  const findings = document.findings ?? document.rules ?? [];
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  const musts = failed.filter(({ level }) => level === "MUST");
  const passed = findings.filter(({ outcome }) => outcome === "pass").length;
  const revision = typeof document.revision === "string" ? `, rules of ${document.revision}` : "";
  badge.textContent = musts.length ? `breaks ${count(musts.length, "rule")}` : "conforms";
  badge.classList.add(musts.length ? "bad" : "good");
  summary.textContent = `${count(passed, "rule")} kept, ${failed.length} not${revision}.`;
  list.replaceChildren(...failed.map(describe));
  badge.hidden = section.hidden = false;
}

function describe({ number, level, title, measured }) {
  const item = document.createElement("li");
  item.textContent = `${number} ${level}: ${title}. ${measured ?? ""}`;
  if (level === "MUST") item.classList.add("bad");
  return item;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
