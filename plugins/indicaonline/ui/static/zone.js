// Instants and the clocks of a time zone. Without globals of Airflow's page, so that a test can import it alone.

const DAY = 86_400_000;
const formats = new Map();

function format(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    }));
  }
  return formats.get(zone);
}

/** What a clock of the zone shows at an instant, as the milliseconds at which a clock of UTC shows the same. */
function clockAt(milliseconds, zone) {
  const part = Object.fromEntries(format(zone).formatToParts(new Date(milliseconds)).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
}

const offsetAt = (milliseconds, zone) => clockAt(milliseconds, zone) - Math.floor(milliseconds / 1000) * 1000;
const iso = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');

/** An instant as a field of type datetime-local takes it: 2026-03-04T09:30. */
export const toLocal = (instant, zone) => new Date(clockAt(Date.parse(instant), zone)).toISOString().slice(0, 16);

/** The day on which an instant falls in a zone: 2026-03-04. */
export const dayOf = (instant, zone) => toLocal(instant, zone).slice(0, 10);

/** A day so many days later. */
export const addDays = (day, days) => new Date(Date.parse(`${day}T00:00Z`) + days * DAY).toISOString().slice(0, 10);

/**
 * The instant at which a clock of the zone shows a local time such as 2026-03-04T09:30, as { instant, note }; null for a
 * text that is no such time. The note is a sentence where clocks are changed then: of two such instants the first is
 * taken, and a time that is left out is taken as if the clocks had not been changed yet.
 */
export function toInstant(local, zone) {
  const clock = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local) ? Date.parse(`${local}Z`) : NaN;
  if (Number.isNaN(clock)) return null;
  // Clocks are changed at most once within these two days, so that these are all offsets which may apply.
  const [before, after] = [offsetAt(clock - DAY, zone), offsetAt(clock + DAY, zone)];
  const fitting = [...new Set([before, after])].map((offset) => clock - offset).filter((time) => clockAt(time, zone) === clock);
  if (fitting.length === 1) return { instant: iso(fitting[0]), note: null };
  if (fitting.length === 2) {
    return { instant: iso(Math.min(...fitting)), note: 'Clocks are set back then, so that this time occurs twice: the first is used.' };
  }
  const instant = iso(clock - before);
  return { instant, note: `Clocks are set forward then, so that this time does not occur: ${toLocal(instant, zone).replace('T', ' ')} is used.` };
}
