// The small pictures over the time line: a WebVTT file whose cues name a rectangle of a picture (#xywh=x,y,w,h).

const CUE = /^((?:\d+:)?\d\d:\d\d\.\d{3})\s+-->\s+((?:\d+:)?\d\d:\d\d\.\d{3})/;
const PLACE = /^(.+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;

export async function loadPreviews(url) {
  const answer = await fetch(url);
  if (!answer.ok) return [];
  return readPreviews(await answer.text(), answer.url);
}

export function findPreview(previews, time) {
  return previews.find(({ start, end }) => start <= time && time < end);
}

function readPreviews(text, base) {
  const found = [];
  for (const block of text.replaceAll("\r\n", "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => CUE.test(line));
    const times = at < 0 ? null : CUE.exec(lines[at]);
    const place = times && PLACE.exec(lines[at + 1] ?? "");
    if (!place) continue;
    const picture = new URL(place[1], base);
    if (picture.origin !== location.origin) continue;
    const [x, y, width, height] = place.slice(2).map(Number);
    found.push({ start: seconds(times[1]), end: seconds(times[2]), picture: picture.href, x, y, width, height });
  }
  return found;
}

function seconds(clock) {
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
