// The keys of a cutting room.
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
  const keys = document.querySelector("#keys");
  const isUsed = document.querySelector("#use-keys");
  document.querySelector("#show-keys").addEventListener("click", () => keys.showModal());
  try {
    isUsed.checked = localStorage.getItem("keys") !== "off";
    isUsed.addEventListener("change", () => localStorage.setItem("keys", isUsed.checked ? "on" : "off"));
  } catch {
    // A browser that keeps nothing has the keys.
  }
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.altKey || document.querySelector("dialog[open]")) return;
    if (target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (event.ctrlKey || event.metaKey) {
      const does = { z: event.shiftKey ? "redo" : "undo", y: "redo", s: "save" }[key.toLowerCase()];
      if (!does) return;
      event.preventDefault();
      run(does);
      return;
    }
    if (key === "?") {
      keys.showModal();
      return;
    }
    if (!isUsed.checked) return;
    if (key === " " && target.matches("button, a, summary, input")) return;
    const does = KEYS[key.length === 1 ? key.toLowerCase() : key]?.[event.shiftKey ? 1 : 0];
    if (!does) return;
    event.preventDefault();
    run(does);
  });
}
