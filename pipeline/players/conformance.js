// What `matinee check` found of a package, as it stands beside it in conformance.json.

export async function showConformance(url, { badge, section, summary, list }) {
  const answer = await fetch(url);
  if (!answer.ok) return;
  const { rules, counts, conforms, findings } = await answer.json();
  const failed = findings.filter(({ outcome }) => outcome === "fail");
  badge.textContent = conforms ? "conforms" : "does not conform";
  badge.classList.add(conforms ? "good" : "bad");
  summary.textContent = `${count(counts.pass, "rule")} kept, ${counts.fail} not; rules of ${rules.revision}.`;
  list.replaceChildren(...failed.map(describe));
  badge.hidden = section.hidden = false;
}

function describe({ rule, level, title, measured }) {
  const item = document.createElement("li");
  item.textContent = `${rule} ${level}: ${title} – ${measured}`;
  if (level === "MUST") item.classList.add("bad");
  return item;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
