// The keys of a page: none while somebody writes or a dialog is open, nor where they are switched off.
const dialog = document.querySelector("#keys");
const isUsed = document.querySelector("#use-keys");

document.querySelector("#show-keys").addEventListener("click", () => dialog.showModal());

try {
  isUsed.checked = localStorage.getItem("keys") !== "off";
  isUsed.addEventListener("change", () => localStorage.setItem("keys", isUsed.checked ? "on" : "off"));
} catch {
  // A browser that keeps nothing has the keys.
}

export const areUsed = () => isUsed.checked;

export const isWriting = (target) => target.matches("input:not([type=checkbox]), textarea, select");

// What each key does; of letters, capitals are those with Shift.
export function useKeys(table) {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || isWriting(target)) return;
    if (!isUsed.checked) return;
    if (target.matches("video") && (key === " " || key.startsWith("Arrow"))) return;
    if (key === " " && target.matches("button, a, summary, input")) return;
    const does = table[key] ?? table[key.length === 1 && !event.shiftKey ? key.toLowerCase() : key];
    if (!does) return;
    event.preventDefault();
    does();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!document.querySelector("dialog[open]") && !isWriting(event.target)) dialog.showModal();
});
