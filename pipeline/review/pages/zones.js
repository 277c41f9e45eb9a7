// Local times of any zone: what clocks there show at an instant, and when they show a time. Instants are in ms.
const formats = new Map();

// What a calendar calls UTC+01:00 is +01:00 to browsers.
function named(zone) {
  return zone.replace(/^UTC(?=[+-])/, "");
}

function formatOf(zone, options) {
  const key = JSON.stringify([zone, options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: named(zone), hourCycle: "h23", ...options }));
  return formats.get(key);
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// Some browsers know fewer zones than calendars may have.
export function knows(zone) {
  try {
    formatOf(zone, {});
    return true;
  } catch {
    return false;
  }
}

export function localOf(at, zone) {
  const format = formatOf(zone, { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const found = {};
  for (const { type, value } of format.formatToParts(at)) if (type !== "literal") found[type] = Number(value);
  return found;
}

export function offsetOf(at, zone) {
  const { year, month, day, hour, minute, second } = localOf(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

// Of a time that clocks skip, what they show next; of one that they show twice, one of both.
export function instantOf(year, month, day, hour, zone) {
  const wall = Date.UTC(year, month - 1, day, hour);
  const at = wall - offsetOf(wall, zone);
  return wall - offsetOf(at, zone);
}

export function told(at, zone, options) {
  return formatOf(zone, options).format(at);
}

export function startOfDay(at, zone, days = 0) {
  const { year, month, day } = localOf(at, zone);
  return instantOf(year, month, day + days, 0, zone);
}

export function startOfWeek(at, zone, weeks = 0) {
  const { year, month, day } = localOf(at, zone);
  const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return instantOf(year, month, day - sinceMonday + 7 * weeks, 0, zone);
}

const HOUR = 3_600_000;
const HOURS = [1, 3, 6, 12];
const DAYS = [1, 7];
const MONTHS = [1, 3, 12];

// Returns where an axis is marked between two instants, with what is written there: at most so many marks.
export function ticksOf(start, end, zone, most) {
  const fits = (step) => (end - start) / step <= most;
  const hours = HOURS.find((count) => fits(count * HOUR));
  if (hours) return hourTicks(start, end, zone, hours);
  const days = DAYS.find((count) => fits(count * 24 * HOUR));
  if (days) return dayTicks(start, end, zone, days);
  let months = MONTHS.find((count) => fits(count * 30 * 24 * HOUR)) ?? 12;
  while (!fits(months * 30 * 24 * HOUR)) months *= 2;
  return monthTicks(start, end, zone, months);
}

function hourTicks(start, end, zone, step) {
  const found = [];
  const { year, month, day } = localOf(start, zone);
  for (let later = 0; instantOf(year, month, day + later, 0, zone) < end; later += 1) {
    for (let hour = 0; hour < 24; hour += step) {
      const at = instantOf(year, month, day + later, hour, zone);
      // Where clocks are set forward, an hour is skipped.
      if (at < start || at >= end || localOf(at, zone).hour !== hour) continue;
      const isDay = hour === 0;
      found.push({ at, isMain: isDay, text: told(at, zone, isDay ? { weekday: "short", day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" }) });
    }
  }
  return found;
}

function dayTicks(start, end, zone, step) {
  const found = [];
  const { year, month, day } = localOf(step === 7 ? startOfWeek(start, zone) : start, zone);
  for (let later = 0; ; later += step) {
    const at = instantOf(year, month, day + later, 0, zone);
    if (at >= end) return found;
    const isFirst = localOf(at, zone).day <= step;
    const options = step === 7 || isFirst ? { day: "numeric", month: "short" } : { weekday: "short", day: "numeric" };
    if (at >= start) found.push({ at, isMain: isFirst, text: told(at, zone, options) });
  }
}

function monthTicks(start, end, zone, step) {
  const found = [];
  const first = localOf(start, zone);
  for (let month = step >= 12 ? 1 : first.month - ((first.month - 1) % step); ; month += step) {
    const at = instantOf(first.year, month, 1, 0, zone);
    if (at >= end) return found;
    if (at >= start) found.push({ at, isMain: localOf(at, zone).month === 1, text: told(at, zone, step >= 12 ? { year: "numeric" } : { month: "short", year: "numeric" }) });
  }
}
