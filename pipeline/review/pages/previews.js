// Draws a highlight's clips from the proxy, each as its platform shows it, from the values that render them.
import { change, look, rests } from "./ask.js";
import { lastUpTo } from "./clock.js";

const LOOK_MS = 400;
const BLUR_PX = 40;

export class Previews {
  // `onCrop` is told of the platform whose window is to be moved, `onLaid` when other clips are shown.
  constructor(place, told, video, address, { onCrop, onLaid }) {
    Object.assign(this, { place, told, video, address, onCrop, onLaid });
    this.isOn = false;
    this.hasButtons = true;
    this.tiles = [];
    this.frame = 0;
    this.wanted = 0;
  }

  // Shows the clips of a highlight as it is on the bench now.
  async show(id) {
    const wanted = (this.wanted += 1);
    if (!this.isOn || id === null) {
      this.#clear(id === null ? "No highlight is chosen." : "");
      return;
    }
    this.told.textContent = "Framing …";
    const begun = await change(`${this.address}/previews`, { highlight: id });
    if (begun.status !== 200) {
      if (wanted === this.wanted) this.#clear(`${begun.told.told} ${begun.told.remedy}`);
      return;
    }
    const rest = rests(LOOK_MS);
    while (wanted === this.wanted) {
      const found = await look(`${this.address}/previews?highlight=${id}`);
      if (wanted !== this.wanted) return;
      if (found === null || found.state === "failed" || found.state === "stopped") {
        this.#clear(found?.told ? `${found.told} ${found.remedy}` : "The clips could not be framed.");
        return;
      }
      if (found.clips) {
        await this.#lay(id, found.clips, wanted);
        return;
      }
      this.told.textContent = `${found.stage || "Framing"} … ${Math.round(100 * found.share)} %`;
      await rest();
    }
  }

  #clear(text) {
    this.tiles = [];
    this.place.replaceChildren();
    this.told.textContent = text;
  }

  async #lay(id, clips, wanted) {
    const drawn = await Promise.all(
      clips.map((clip) => look(`${this.address}/previews/${encodeURIComponent(clip.platform)}?highlight=${id}`)),
    );
    if (wanted !== this.wanted) return;
    this.told.textContent = "";
    this.tiles = [];
    const figures = clips.flatMap((clip, number) => {
      if (!drawn[number]) return [];
      const figure = document.createElement("figure");
      const canvas = document.createElement("canvas");
      const name = document.createElement("figcaption");
      const crop = document.createElement("button");
      crop.type = "button";
      crop.textContent = "Crop";
      crop.setAttribute("aria-label", `Crop for ${clip.name}`);
      crop.addEventListener("click", () => this.onCrop(clip.platform));
      name.append(`${clip.name} `, crop);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${id} for ${clip.name}`);
      figure.dataset.platform = clip.platform;
      // As large as they are shown, on a screen of two pixels for one.
      const scale = Math.min(1, 440 / clip.height_px);
      canvas.width = Math.round(clip.width_px * scale);
      canvas.height = Math.round(clip.height_px * scale);
      figure.append(canvas, name);
      this.tiles.push({ canvas, scale, platform: clip.platform, name: clip.name, ...expand(drawn[number].frames) });
      return [figure];
    });
    this.place.replaceChildren(...figures);
    this.draw(this.frame);
    this.onLaid();
  }

  draw(frame) {
    this.frame = frame;
    if (!this.isOn) return;
    for (const tile of this.tiles) {
      const at = lastUpTo(tile.shown, frame);
      const isWithin = at >= 0 && frame <= tile.last;
      const one = tile.frames[at < 0 ? 0 : frame > tile.last ? tile.frames.length - 1 : tile.places[at]];
      this.#paint(tile, one, isWithin);
    }
  }

  // The windows of a platform's clip at the frame that is shown; none where it does not show that.
  windowsOf(platform) {
    const tile = this.tiles.find((one) => one.platform === platform);
    const at = tile ? lastUpTo(tile.shown, this.frame) : -1;
    if (at < 0 || this.frame > tile.last) return [];
    return tile.frames[tile.places[at]].panels.map(({ window }) => window);
  }

  #paint({ canvas, scale }, one, isWithin) {
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.globalAlpha = 1;
    const isBlurred = one.ground === "blur";
    context.fillStyle = isBlurred ? "#000" : one.ground;
    context.fillRect(0, 0, one.width_px, one.height_px);
    if (isBlurred && one.panels.length) this.#cover(context, one);
    // The picture that is shown is none of this clip's.
    if (!isWithin) context.globalAlpha = 0.3;
    for (const { window, place } of one.panels) context.drawImage(this.video, ...window, ...place);
    context.globalAlpha = 1;
    if (one.card) drawCard(context, one);
    for (const { lines, box } of isWithin ? one.captions : []) drawLines(context, lines, box, "#fff", true);
    if (!this.hasButtons) return;
    for (const { box } of one.zones) {
      context.fillStyle = "#ff3b3055";
      context.fillRect(...box);
      context.strokeStyle = "#ffffffaa";
      context.lineWidth = 1 / scale;
      context.strokeRect(...box);
    }
  }

  #cover(context, one) {
    const { videoWidth: wide, videoHeight: high } = this.video;
    if (!wide) return;
    const times = Math.max(one.width_px / wide, one.height_px / high);
    const [width, height] = [wide * times, high * times];
    // Not every browser's canvas has filters; what was drawn as small as this is smooth when it is drawn large.
    this.small ??= document.createElement("canvas");
    const { small } = this;
    small.width = Math.max(2, Math.round(width / BLUR_PX));
    small.height = Math.max(2, Math.round(height / BLUR_PX));
    const tiny = small.getContext("2d");
    tiny.imageSmoothingQuality = context.imageSmoothingQuality = "high";
    tiny.drawImage(this.video, 0, 0, small.width, small.height);
    context.drawImage(small, (one.width_px - width) / 2, (one.height_px - height) / 2, width, height);
    context.fillStyle = "#0000004d";
    context.fillRect(0, 0, one.width_px, one.height_px);
  }
}

// Returns whole frames, which film frames are shown, in order, and in which of the clip's frames.
function expand(told) {
  let before = {};
  const frames = told.map((one) => (before = { ...before, ...one }));
  const pairs = frames.flatMap((one, place) => (one.panels.length ? [[one.panels[0].frame, place]] : []));
  pairs.sort(([one, place], [other, otherPlace]) => one - other || place - otherPlace);
  const shown = pairs.map(([frame]) => frame);
  return { frames, shown, places: pairs.map(([, place]) => place), last: shown.at(-1) ?? -1 };
}

function drawCard(context, one) {
  context.fillStyle = one.card.ground;
  context.fillRect(0, 0, one.width_px, one.height_px);
  const margin = one.width_px * 0.1;
  const tall = Math.min(one.height_px * 0.5, one.width_px * 0.14 * Math.max(1, one.card.lines.length));
  drawLines(context, one.card.lines, [margin, (one.height_px - tall) / 2, one.width_px - 2 * margin, tall], one.card.ink, false);
}

function drawLines(context, lines, [left, top, wide, tall], ink, isOutlined) {
  const step = tall / Math.max(1, lines.length);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  lines.forEach((line, number) => {
    context.font = `700 ${step * 0.72}px system-ui, sans-serif`;
    const y = top + step * (number + 0.5);
    if (isOutlined) {
      context.strokeStyle = "#000c";
      context.lineWidth = step * 0.14;
      context.strokeText(line, left + wide / 2, y, wide);
    }
    context.fillStyle = ink;
    context.fillText(line, left + wide / 2, y, wide);
  });
}
