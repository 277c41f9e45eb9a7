// Says beside the fields of a form where their limits are from, and what is wrong with them.
import { capital, made } from "./nodes.js";

// Says beside each limit what document it was found in, and when that was read.
export function cite(root, words) {
  for (const cite of root.querySelectorAll(".cite")) {
    const path = cite.parentElement.dataset.path.split(".");
    const limit = path.reduce((value, name) => value?.[name], words);
    const source = (words.sources ?? {})[limit?.source];
    cite.replaceChildren();
    if (!source) continue;
    const title = String(source.title ?? "");
    const isLink = /^https:\/\//.test(source.url ?? "");
    cite.append(isLink ? made("a", { href: source.url, rel: "noreferrer", text: title }) : title);
    cite.append(` · ${source.certainty ?? ""} · ${source.read_on ?? ""}`);
    if (source.note) cite.append(made("br"), source.note);
  }
}

// Says at each field what is wrong with it, or at the nearest that it belongs to.
export function tellFaults(root, faults, at) {
  for (const one of root.querySelectorAll(".fault")) one.textContent = "";
  for (const one of root.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const { field, told } of faults) {
    const path = field.split(".");
    let found = null;
    while (path.length && !found) if (!(found = at(path.join(".")))) path.pop();
    if (!found) continue;
    const rest = field.slice(path.join(".").length + 1);
    let line = found.querySelector(":scope > .fault");
    if (!line) line = found.parentElement.querySelector(":scope > .fault");
    line.append(...(line.textContent ? [made("br")] : []), capital(`${rest || "it"} ${told}`));
    const input = found.querySelector(":scope > .entering > :is(input, select, textarea), :scope > input");
    input?.setAttribute("aria-invalid", "true");
  }
}
