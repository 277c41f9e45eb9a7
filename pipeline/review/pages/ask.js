// Asks the server, with the proof that a change comes from this page, and says to people what came of it.
const proof = document.querySelector('meta[name="proof"]').content;
const said = document.querySelector("#said");
let quiet;

export function say(text, kind = "") {
  said.textContent = text;
  said.dataset.kind = kind;
  clearTimeout(quiet);
  if (kind !== "bad") quiet = setTimeout(() => (said.textContent = ""), 6000);
}

// Returns the status and what was answered; status 0 where nobody answers.
export const change = (address, asked) => post(address, "application/json", JSON.stringify(asked));

export const upload = (address, file) => post(address, "application/octet-stream", file);

async function post(address, type, body) {
  try {
    const answer = await fetch(address, { method: "POST", headers: { "content-type": type, "x-csrf-token": proof }, body });
    return { status: answer.status, told: await answer.json() };
  } catch {
    return { status: 0, told: { told: "The page does not answer.", remedy: "Is matinee review still running?" } };
  }
}

export async function look(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// Returns what waits until it is worth looking again whether something is made: soon at first, then more rarely.
export function rests(most) {
  let next = 30;
  return () => new Promise((done) => {
    setTimeout(done, next);
    next = Math.min(most, next * 1.6);
  });
}

// Looks again and again, but not while nobody sees the page.
export function keepLooking(address, every, take) {
  setInterval(async () => {
    if (document.hidden) return;
    const found = await look(address);
    if (found !== null) take(found);
  }, every);
}
