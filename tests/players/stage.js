// Plays a package with one of three players, and writes down all that can be seen from outside of them.
"use strict";

const video = document.getElementById("video");
const seen = { errors: [], waits: [], frames: [], texts: [], sizes: [], heard: [] };
const buffers = new Map();
let actor;

const probe = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });

const addSourceBuffer = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (type) {
  const buffer = addSourceBuffer.call(this, type);
  buffers.set(type.split(";")[0].split("/")[0], buffer);
  return buffer;
};

function rangesOf(ranges) {
  return Array.from({ length: ranges.length }, (_, k) => [ranges.start(k), ranges.end(k)]);
}

// Faster than normal, a busy machine stops a player that has all it needs for the next second; that says nothing of a
// package, whose holes are seen in what is buffered.
function isStarved() {
  const at = video.currentTime;
  const until = Math.min(at + 1, video.duration - 0.1);
  return video.playbackRate > 1 && rangesOf(video.buffered).some(([start, end]) => start <= at && until <= end);
}

function watch() {
  video.addEventListener("error", () => seen.errors.push(`video: ${video.error?.code} ${video.error?.message}`));
  for (const name of ["waiting", "stalled"]) {
    video.addEventListener(name, () => {
      if (!isStarved()) seen.waits.push({ name, at: video.currentTime, seeking: video.seeking });
    });
  }
  const look = (_, frame) => {
    probe.drawImage(video, 0, 0, 8, 8);
    const levels = probe.getImageData(0, 0, 8, 8).data;
    const light = levels.reduce((sum, level, k) => (k % 4 === 3 ? sum : sum + level), 0) / (8 * 8 * 3);
    seen.frames.push({ at: frame.mediaTime, light, count: frame.presentedFrames, wall: frame.expectedDisplayTime });
    const size = `${frame.width}x${frame.height}`;
    if (seen.sizes.at(-1) !== size) seen.sizes.push(size);
    const shown = Array.from(video.textTracks, (track) => Array.from(track.activeCues ?? [], ({ text }) => text)).flat();
    const text = shown.join(" | ");
    if ((seen.texts.at(-1)?.text ?? "") !== text) seen.texts.push({ at: frame.mediaTime, text });
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}

// Tones that are loud enough to be a beep, with the time at which they were heard; right at normal speed only.
function listen() {
  const context = new AudioContext({ sampleRate: 48000 });
  const ear = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  context.createMediaElementSource(video).connect(ear).connect(context.destination);
  const levels = new Float32Array(ear.frequencyBinCount);
  setInterval(() => {
    ear.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    if (levels[loudest] > -40) seen.heard.push({ at: video.currentTime, hz: (loudest * 48000) / 2048 });
  }, 10);
}

// Each actor knows one player: how to load, and how to choose a rung, a language and subtitles by name.
const actors = {
  "hls.js": () => {
    const hls = new Hls();
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR && isStarved()) return;
      seen.errors.push(`hls.js: ${data.type} ${data.details} ${data.error?.message ?? ""} fatal=${data.fatal}`);
    });
    return {
      load: (url) =>
        new Promise((resolve) => {
          hls.once(Hls.Events.MANIFEST_PARSED, resolve);
          hls.loadSource(url);
          hls.attachMedia(video);
        }),
      rungs: () => hls.levels.map(({ width, height }) => [width, height]),
      keyPictureRungs: () => hls.iframeVariants.map(({ height }) => height),
      chooseRung: (height) => (hls.currentLevel = hls.levels.findIndex((level) => level.height === height)),
      languages: () => hls.audioTracks.map(({ lang }) => lang),
      speak: (language) => (hls.audioTrack = hls.audioTracks.findIndex(({ lang }) => lang === language)),
      spoken: () => hls.audioTracks[hls.audioTrack]?.lang,
      subtitles: () => hls.subtitleTracks.map(({ lang }) => lang),
      subtitle: (language) => {
        hls.subtitleDisplay = true;
        hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === language);
      },
      leave: () => hls.destroy(),
    };
  },
  shaka: () => {
    const player = new shaka.Player();
    player.addEventListener("error", ({ detail }) => {
      seen.errors.push(`shaka: category=${detail.category} code=${detail.code} ${JSON.stringify(detail.data)}`);
    });
    // Shaka holds cues back until the next pictures of their section come (its pull request 9676), which never do where
    // all of a section was there before any subtitles were chosen: so they are chosen from the start.
    player.configure({ preferredText: [{ language: "en" }] });
    const variants = () => player.getVariantTracks();
    return {
      load: async (url) => {
        await player.attach(video);
        await player.load(url);
      },
      rungs: () => [...new Set(variants().map(({ width, height }) => `${width}x${height}`))].map((s) => s.split("x").map(Number)),
      chooseRung: (height) => {
        const spoken = variants().find(({ active }) => active).language;
        player.configure({ abr: { enabled: false } });
        player.selectVariantTrack(variants().find((v) => v.height === height && v.language === spoken), true);
      },
      languages: () => [...new Set(variants().map(({ language }) => language))],
      speak: (language) => player.selectAudioTrack(player.getAudioTracks().find((a) => a.language === language)),
      spoken: () => variants().find(({ active }) => active)?.language,
      subtitles: () => player.getTextTracks().map(({ language }) => language),
      subtitle: (language) => player.selectTextTrack(player.getTextTracks().find((t) => t.language === language)),
      leave: () => player.destroy(),
    };
  },
  native: () => ({
    load: (url) =>
      new Promise((resolve, reject) => {
        video.addEventListener("loadedmetadata", resolve, { once: true });
        video.addEventListener("error", () => reject(new Error(video.error.message)), { once: true });
        video.src = url;
      }),
    languages: () => Array.from(video.audioTracks ?? [], ({ language }) => language),
    speak: (language) => {
      for (const track of video.audioTracks) track.enabled = track.language === language;
    },
    spoken: () => Array.from(video.audioTracks).find(({ enabled }) => enabled)?.language,
    subtitles: () => Array.from(video.textTracks, ({ language }) => language),
    subtitle: (language) => {
      for (const track of video.textTracks) track.mode = track.language === language ? "showing" : "disabled";
    },
    leave: () => video.removeAttribute("src"),
  }),
};
const scripts = {
  "hls.js": "node_modules/hls.js/dist/hls.min.js",
  shaka: "node_modules/shaka-player/dist/shaka-player.compiled.js",
};

async function enter(player, url) {
  if (scripts[player]) {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: scripts[player], onload: resolve });
      script.onerror = () => reject(new Error(`${script.src} is missing`));
      document.head.append(script);
    });
  }
  window.shaka?.polyfill.installAll();
  watch();
  listen();
  actor = actors[player]();
  await actor.load(url);
  await until(() => video.readyState >= 3, 15, "the first picture");
}

function seek(time) {
  video.currentTime = time;
  return until(() => !video.seeking && video.readyState >= 2, 15, `the picture at ${time}`);
}

function played(time) {
  return until(() => video.currentTime >= time || video.ended, 40, `playing to ${time}`);
}

function finished() {
  return until(() => video.ended, 40, "the end");
}

// Cues as the player made them for the browser, of the track that is shown.
function cues() {
  const shown = Array.from(video.textTracks).filter((track) => track.mode !== "disabled" && track.cues?.length);
  const found = shown.flatMap((track) => Array.from(track.cues, (cue) => [cue.startTime, cue.endTime, cue.text]));
  return found.sort((one, two) => one[0] - two[0]);
}

function observe() {
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  const state = {
    ...seen,
    buffered: rangesOf(video.buffered),
    ranges: Object.fromEntries([...buffers].map(([kind, buffer]) => [kind, ranges(buffer)])),
    decoded: totalVideoFrames,
    dropped: droppedVideoFrames,
    time: video.currentTime,
    duration: video.duration,
    ended: video.ended,
    size: [video.videoWidth, video.videoHeight],
    cues: cues(),
  };
  return state;
}

function ranges(buffer) {
  try {
    return rangesOf(buffer.buffered);
  } catch {
    return []; // a buffer that the player has taken away
  }
}

async function until(condition, seconds, what) {
  const end = performance.now() + 1000 * seconds;
  while (!condition()) {
    if (performance.now() > end) {
      const { frames, ...state } = observe();
      throw new Error(`${what} did not come in ${seconds} s: ${JSON.stringify(state)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
