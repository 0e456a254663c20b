// Business days as text, such as 2026-03-04: they are dates, not instants, so no time zone changes them.
const MILLISECONDS = 86400000;
const number = (day) => Date.parse(`${day}T00:00:00Z`) / MILLISECONDS;

export const plus = (day, days) => new Date((number(day) + days) * MILLISECONDS).toISOString().slice(0, 10);
export const daysBetween = (first, last) => number(last) - number(first);
/** 0 is Monday. */
export const weekday = (day) => (((number(day) + 3) % 7) + 7) % 7;
export const weekOf = (day) => plus(day, -weekday(day));
export const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(number(text));

const format = (options) => {
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options });
  return (day) => formatter.format(new Date(number(day) * MILLISECONDS));
};
export const weekdayName = format({ weekday: 'long' });
export const monthName = format({ month: 'short' });

/** A day with its weekday, or the first and the last day of a range. */
export const named = (first, last) => (last && last !== first ? `${first} to ${last}` : `${weekdayName(first)}, ${first}`);
