// Frames of a film, their times in its proxy, and their timecode.
function fraction(text) {
  const [over, under = "1"] = String(text).split("/");
  return Number(over) / Number(under);
}

export function summed(differences) {
  let sum = 0;
  return differences.map((one) => (sum += one));
}

// The place of the last value that is not above another; -1 where all are.
export function lastUpTo(values, most) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export class Clock {
  constructor(film, times) {
    this.count = film.frame_count;
    this.fps = fraction(film.rate);
    this.drops = film.drops_frames;
    this.times = null;
    if (times) {
      const tick = fraction(times.tick);
      this.times = new Float64Array(this.count + 1);
      let [frame, at] = [0, 0];
      for (const [repeats, ...steps] of times.steps) {
        const lengths = steps.map((step) => fraction(step) * tick);
        for (let one = 0; one < repeats; one += 1) {
          for (const length of lengths) {
            if (frame === this.count) break;
            at += length;
            this.times[(frame += 1)] = at;
          }
        }
      }
    }
  }

  clamp(frame) {
    return Math.min(this.count - 1, Math.max(0, Math.round(frame)));
  }

  timeOf(frame) {
    return this.times ? this.times[Math.min(this.count, Math.max(0, frame))] : frame / this.fps;
  }

  frameAt(time) {
    // A decoder tells times in whole microseconds.
    const near = time + 2e-5;
    return this.clamp(this.times ? lastUpTo(this.times, near) : Math.floor(near * this.fps));
  }

  // SMPTE timecode; a semicolon where numbers are dropped.
  told(frame) {
    const nominal = Math.round(this.fps);
    let number = Math.round(frame);
    if (this.drops) {
      const dropped = Math.round(nominal / 15);
      const minute = nominal * 60 - dropped;
      const ten = minute * 10 + dropped;
      const [tens, rest] = [Math.floor(number / ten), number % ten];
      number += dropped * (9 * tens + (rest < nominal * 60 ? 0 : 1 + Math.floor((rest - nominal * 60) / minute)));
    }
    const seconds = Math.floor(number / nominal);
    const two = (value) => String(value).padStart(2, "0");
    const digits = String(number % nominal).padStart(nominal > 100 ? 3 : 2, "0");
    return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${this.drops ? ";" : ":"}${digits}`;
  }
}
