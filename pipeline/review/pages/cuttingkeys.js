// The keys of a cutting room.
import { areUsed, isWriting } from "./keys.js";

const KEYS = {
  ArrowLeft: ["back", "back10"],
  ArrowRight: ["on", "on10"],
  ArrowUp: ["before"],
  ArrowDown: ["next"],
  Home: ["begin"],
  End: ["end"],
  Escape: ["none"],
  " ": ["play"],
  j: ["backward"],
  k: ["pause"],
  l: ["forward"],
  p: ["playOne"],
  i: ["setIn"],
  o: ["setOut"],
  a: ["inSooner", "inSooner10"],
  s: ["inLater", "inLater10"],
  d: ["outSooner", "outSooner10"],
  f: ["outLater", "outLater10"],
  y: ["lock"],
  b: ["split"],
  n: ["add"],
  r: ["reject"],
  h: ["offer"],
  e: ["suite"],
  z: ["zoomOne"],
  c: ["crop"],
  u: ["film"],
  ",": ["back"],
  ".": ["on"],
  v: ["previews"],
  "+": ["zoomIn", "zoomIn"],
  "=": ["zoomIn"],
  "-": ["zoomOut"],
  0: ["zoomAll"],
};

export function useKeys(run) {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.altKey || document.querySelector("dialog[open]") || isWriting(target)) return;
    if (event.ctrlKey || event.metaKey) {
      const does = { z: event.shiftKey ? "redo" : "undo", y: "redo", s: "save" }[key.toLowerCase()];
      if (!does) return;
      event.preventDefault();
      run(does);
      return;
    }
    if (!areUsed()) return;
    if (key === " " && target.matches("button, a, summary, input")) return;
    const does = KEYS[key.length === 1 ? key.toLowerCase() : key]?.[event.shiftKey ? 1 : 0];
    if (!does) return;
    event.preventDefault();
    run(does);
  });
}
