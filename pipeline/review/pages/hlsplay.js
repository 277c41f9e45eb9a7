// Plays an HLS package in a video of this page, and lets people choose among its pictures, sounds and subtitles.
const MENUS = { quality: ["rungs", "rung", "chooseRung"], sound: ["sounds", "sound", "chooseSound"], subtitles: ["subtitles", "subtitle", "chooseSubtitle"] };
// This machine is near, so that the best picture comes first rather than after what is loaded ahead.
const SETTINGS = { abrEwmaDefaultEstimate: 1e8 };
const MOST_TOLD = 120;

// Ends when there is something to play, or with why there is not; of what comes later, `onFailure` is told.
export async function openPackage(video, playlist, onFailure) {
  // It is as large as all else of a page together, and no other page needs it.
  await import("/players/hls.min.js");
  const { listPlayers, openPlayer } = await import("/players/player.js");
  const [first, ...others] = listPlayers(video).map(({ id }) => id);
  if (!first) throw new Error("This browser plays no HLS: it has neither Media Source Extensions nor HLS of its own.");
  await new Promise((ready, refuse) => {
    let player = null;
    let why = null;
    let isReady = false;
    const begin = (id, left) => openPlayer(id, video, playlist, {
      onChange: () => player && showMenus(player),
      onTrouble: () => undefined,
      settings: SETTINGS,
      onFailure: (told) => {
        why ??= told.length > MOST_TOLD ? `${told.slice(0, MOST_TOLD)} …` : told;
        if (left.length) player = begin(left[0], left.slice(1));
        else if (isReady) onFailure(why);
        else refuse(new Error(`This browser cannot play it: ${why}.`));
      },
    });
    video.addEventListener("loadedmetadata", () => ready((isReady = true)), { once: true });
    for (const [id, [, , choose]] of Object.entries(MENUS)) {
      document.querySelector(`#${id}`).addEventListener("change", ({ target }) => player[choose](target.value));
    }
    player = begin(first, others);
  });
}

function showMenus(player) {
  for (const [id, [choices, chosen]] of Object.entries(MENUS)) {
    const menu = document.querySelector(`#${id}`);
    const all = player[choices]();
    menu.replaceChildren(...all.map((one) => new Option(one.label, one.id, false, one.id === player[chosen]())));
    menu.disabled = all.length < 2;
    menu.closest("label").hidden = !all.length;
  }
}
