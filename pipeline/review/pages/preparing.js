// Follows what takes a while on the server until it has ended, one way or another.
import { look, rests } from "./ask.js";

// Of what was asked for, and where to look how far it is; `show` is told of that. Returns how it ended, and what to say
// where it did not go well.
export async function follow({ status, told }, address, most, show) {
  let progress = status === 200 ? told : { state: "failed", ...told };
  const rest = rests(most);
  while (progress?.state === "working") {
    show(progress);
    await rest();
    progress = await look(address);
  }
  if (!progress) return { state: "failed", words: "The page does not answer. Is matinee review still running?" };
  const words = progress.state === "stopped" ? "Stopped." : `${progress.told ?? ""} ${progress.remedy ?? ""}`.trim();
  return { state: progress.state, words };
}
