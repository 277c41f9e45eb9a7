// Plays a package with hls.js or with the browser's own HLS, and says in the same words what can be chosen.
//
// hls.js comes first: only with it a page can choose a rung and say which one plays, which is what this page is for, and
// the HLS of Chromium changes no language and shows no subtitles. The browser's own plays where hls.js cannot (no Media
// Source Extensions, as on older iPhones), where hls.js gives up, and where a person asks for it.

const AUTOMATIC = "auto";
const NONE = "none";
const UNKNOWN = "this browser does not decode what the package is encoded as";
// After any of these, something else can be chosen or plays.
const CHANGES = [
  "MANIFEST_PARSED",
  "LEVEL_SWITCHED",
  "AUDIO_TRACKS_UPDATED",
  "AUDIO_TRACK_SWITCHED",
  "SUBTITLE_TRACKS_UPDATED",
  "SUBTITLE_TRACK_SWITCH",
];

export function listPlayers(video) {
  const players = [];
  if (window.Hls?.isSupported()) players.push({ id: "hls.js", label: `hls.js ${Hls.version}` });
  if (video.canPlayType("application/vnd.apple.mpegurl")) players.push({ id: "native", label: "the browser's own" });
  return players;
}

export function openPlayer(id, video, url, { onChange, onTrouble, onFailure, settings }) {
  return (id === "hls.js" ? withHls : withBrowser)(video, url, { onChange, onTrouble, onFailure, settings });
}

function withHls(video, url, { onChange, onTrouble, onFailure, settings }) {
  // A worker would be made from a blob, which the page's policy forbids; fMP4 needs none.
  const hls = new Hls({ enableWorker: false, ...settings });
  for (const event of CHANGES) hls.on(Hls.Events[event], onChange);
  hls.on(Hls.Events.ERROR, (_, data) => {
    // Of a stall, hls.js tells all that it has loaded, as JSON.
    const why = data.error?.message.includes("{") ? "" : data.error?.message;
    const told = [data.details, why, data.response?.code].filter(Boolean).join(": ");
    if (!data.fatal) return onTrouble(told);
    hls.destroy();
    onFailure(data.details === Hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR ? UNKNOWN : told);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  if (!hls.config.autoStartLoad) video.addEventListener("play", () => hls.startLoad(), { once: true });
  return {
    rungs: () => [
      { id: AUTOMATIC, label: "automatic" },
      ...hls.levels.map((level, k) => ({ id: String(k), label: describe(level) })).reverse(),
    ],
    rung: () => (hls.autoLevelEnabled ? AUTOMATIC : String(hls.loadLevel)),
    // At once, though it shows: whoever compares rungs waits for no segment to end. Not in the last segment, where hls.js
    // 1.7.4 would then never come to the end if the other rung has other sound.
    chooseRung: (id) => {
      const longest = hls.levels[hls.currentLevel]?.details?.targetduration ?? 0;
      if (id === AUTOMATIC || video.duration - video.currentTime < 2 * longest) hls.nextLevel = rungOf(id);
      else hls.currentLevel = rungOf(id);
    },
    sounds: () => hls.audioTracks.map((track, k) => ({ id: String(k), label: track.name })),
    sound: () => String(hls.audioTrack),
    chooseSound: (id) => (hls.audioTrack = Number(id)),
    subtitles: () => [
      { id: NONE, label: "none" },
      ...hls.subtitleTracks.map((track, k) => ({ id: String(k), label: track.name })),
    ],
    subtitle: () => (hls.subtitleTrack < 0 ? NONE : String(hls.subtitleTrack)),
    chooseSubtitle: (id) => {
      hls.subtitleDisplay = id !== NONE;
      hls.subtitleTrack = id === NONE ? -1 : Number(id);
    },
    playing: () => {
      const level = hls.levels[hls.currentLevel];
      if (!level) return {};
      const codecs = [level.videoCodec, level.audioCodec].filter(Boolean).join(", ");
      return { size: sizeOf(level), rate: level.averageBitrate || level.bitrate, peak: level.bitrate, codecs };
    },
    frameRate: () => hls.levels[hls.currentLevel]?.frameRate || 24,
    close: () => hls.destroy(),
  };
}

function withBrowser(video, url, { onChange, onFailure }) {
  const controller = new AbortController();
  const { signal } = controller;
  video.addEventListener("loadedmetadata", onChange, { signal });
  video.addEventListener("resize", onChange, { signal });
  video.textTracks.addEventListener("addtrack", onChange, { signal });
  video.addEventListener("error", () => onFailure(video.error?.message || "the browser cannot play it"), { signal });
  video.src = url;
  const sounds = () => Array.from(video.audioTracks ?? []);
  const texts = () => Array.from(video.textTracks).filter(({ kind }) => kind === "subtitles" || kind === "captions");
  return {
    rungs: () => [{ id: AUTOMATIC, label: "the browser's choice" }],
    rung: () => AUTOMATIC,
    chooseRung: () => undefined,
    sounds: () => sounds().map((track, k) => ({ id: String(k), label: track.label || track.language || `track ${k + 1}` })),
    sound: () => String(Math.max(0, sounds().findIndex(({ enabled }) => enabled))),
    chooseSound: (id) => sounds().forEach((track, k) => (track.enabled = String(k) === id)),
    subtitles: () => [
      { id: NONE, label: "none" },
      ...texts().map((track, k) => ({ id: String(k), label: track.label || track.language || `track ${k + 1}` })),
    ],
    subtitle: () => {
      const shown = texts().findIndex(({ mode }) => mode === "showing");
      return shown < 0 ? NONE : String(shown);
    },
    chooseSubtitle: (id) => texts().forEach((track, k) => (track.mode = String(k) === id ? "showing" : "disabled")),
    playing: () => (video.videoWidth ? { size: `${video.videoWidth}×${video.videoHeight}` } : {}),
    frameRate: () => 24,
    close: () => {
      controller.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

function rungOf(id) {
  return id === AUTOMATIC ? -1 : Number(id);
}

function describe(level) {
  return `${sizeOf(level)}, ${(level.bitrate / 1e6).toFixed(2)} Mb/s`;
}

function sizeOf({ width, height, frameRate }) {
  const size = height ? `${width}×${height}` : "sound alone";
  return frameRate ? `${size}, ${Number(frameRate.toFixed(3))} fps` : size;
}
