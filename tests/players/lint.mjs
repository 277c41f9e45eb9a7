// Reads every playlist that the arguments name with two strict parsers; prints what they object to, one JSON a line.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const strict = require("hls-parser");
const { Parser } = require("m3u8-parser");

strict.setOptions({ strictMode: true });

function tell(path, parser, message) {
  console.log(JSON.stringify({ path, parser, message }));
}

for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "utf8");
  try {
    const playlist = strict.parse(text);
    const kind = playlist.isMasterPlaylist ? "master" : "media";
    const count = playlist.isMasterPlaylist ? playlist.variants.length : playlist.segments.length;
    console.log(JSON.stringify({ path, kind, count }));
  } catch (error) {
    tell(path, "hls-parser", error.message);
  }
  const parser = new Parser({ uri: "https://film.example/" });
  for (const event of ["warn", "error"]) parser.on(event, ({ message }) => tell(path, "m3u8-parser", message));
  parser.push(text);
  parser.end();
}
