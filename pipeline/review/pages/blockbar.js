// How long a block is, drawn: each film where it lies, against how long the block is to be.
import { made } from "./nodes.js";

const ROOM = 1.04;

export function drawBar(bar, { items, length, films }, titles, playing) {
  const whole = Math.max(length.now, length.max) * ROOM;
  const share = (seconds) => `${((100 * seconds) / whole).toFixed(3)}%`;
  const part = (className, start, end, title) => {
    const node = made("div", { className, title });
    node.style.left = share(start);
    if (end !== undefined) node.style.width = share(end - start);
    return node;
  };
  const pieces = items.map((item) => {
    const isFilm = item.kind === "film";
    const id = item.of === null ? null : films[item.of].id;
    const names = ["piece", ...(isFilm ? ["film"] : []), ...(isFilm && item.end > length.max ? ["over"] : []), ...(isFilm && id === playing ? ["playing"] : [])];
    return part(names.join(" "), item.start, item.end, `${item.at} ${isFilm ? titles.get(id) : item.title}, ${item.lasts}`);
  });
  bar.replaceChildren(part("allowed", length.min, length.max), ...pieces, part("best", length.target));
  bar.setAttribute("aria-label", `${length.shown} long, ${length.told}`);
}
