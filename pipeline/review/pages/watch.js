// Plays a package, and lets people choose among its pictures, sounds and subtitles.
import { say } from "./ask.js";

const video = document.querySelector(".clip video");
const menus = { quality: ["rungs", "rung", "chooseRung"], sound: ["sounds", "sound", "chooseSound"], subtitles: ["subtitles", "subtitle", "chooseSubtitle"] };

function fill(menu, choices, chosen) {
  menu.replaceChildren(...choices.map(({ id, label }) => new Option(label, id, false, id === chosen)));
  menu.disabled = choices.length < 2;
}

async function open() {
  // It is as large as all else of this page together, and no other page needs it.
  await import("/hls.min.js");
  const { listPlayers, openPlayer } = await import("/players/player.js");
  const players = listPlayers(video);
  if (!players.length) {
    say("This browser plays no HLS: it has neither Media Source Extensions nor HLS of its own.", "bad");
    return;
  }
  const show = () => {
    for (const [id, [choices, chosen]] of Object.entries(menus)) fill(document.querySelector(`#${id}`), player[choices](), player[chosen]());
  };
  const begin = (id, others) =>
    openPlayer(id, video, video.dataset.playlist, {
      onChange: () => player && show(),
      onTrouble: () => undefined,
      // This machine is near, so that the best picture comes first rather than after what is loaded ahead.
      settings: { abrEwmaDefaultEstimate: 1e8 },
      onFailure: (told) => {
        why ??= told.length > 120 ? `${told.slice(0, 120)} …` : told;
        if (others.length) player = begin(others[0].id, others.slice(1));
        else say(`This browser cannot play the package (${why}). matinee check tells what is wrong with it.`, "bad");
      },
    });
  let player = null;
  let why = null;
  player = begin(players[0].id, players.slice(1));
  for (const [id, [, , choose]] of Object.entries(menus)) {
    document.querySelector(`#${id}`).addEventListener("change", ({ target }) => player[choose](target.value));
  }
}

open().catch((error) => say(`The package could not be opened: ${error.message}`, "bad"));
