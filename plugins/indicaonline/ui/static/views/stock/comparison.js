// A counted sheet against the stock of an office as of the time of the count. Without globals of Airflow's page.
import { decimal, subtract } from '../../decimal.js';

// The names of a sheet's columns, as the count sheet and people write them.
const COLUMNS = {
  product_id: ['product_id', 'product id', 'id'],
  counted: ['counted', 'count', 'counted quantity', 'quantity counted'],
  office_id: ['office_id', 'office id'],
  product_name: ['product_name', 'product name', 'product', 'name'],
  measurement: ['measurement'],
};
const NEEDED = ['product_id', 'counted'];

/** The states of a row, those that need a person first. */
export const STATES = ['differs', 'not in stock', 'other measurement', 'listed twice', 'not a number', 'not counted', 'same'];

/**
 * Compare a parsed CSV file with the rows of the stock. Returns { rows, unreadable } or { problem }, a sentence.
 *
 * A product that the office is not known to have has no known quantity: it is not zero. An empty cell is no count. Lines
 * whose product id is not whole are counted in `unreadable`.
 */
export function compareCount({ delimiter, rows: lines }, known, office) {
  const sheet = readSheet(lines, delimiter);
  if (sheet.problem) return sheet;
  const others = [...new Set(sheet.rows.map((row) => row.office_id).filter((id) => id && id !== String(office)))];
  if (others.length) return { problem: `The sheet is for office ${others.join(', ')}, not for office ${office}: choose the right office or file.` };
  const counted = new Map();
  for (const row of sheet.rows) counted.set(row.product_id, [...(counted.get(row.product_id) ?? []), row]);
  const rows = known.flatMap((stock) => {
    const lines = counted.get(String(stock.product_id)) ?? [];
    counted.delete(String(stock.product_id));
    // What has run out is only of interest where somebody counted it.
    return lines.length === 0 && decimal(stock.quantity) === '0' ? [] : [compared(lines, stock)];
  });
  rows.push(...[...counted.values()].map((each) => compared(each, null)).filter((row) => row.state !== 'not counted'));
  rows.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.product_name.localeCompare(b.product_name));
  return { rows, unreadable: sheet.unreadable };
}

function readSheet([header = [], ...lines], delimiter) {
  const names = header.map((name) => name.trim().toLowerCase());
  const place = Object.fromEntries(Object.entries(COLUMNS).map(([key, accepted]) => [key, names.findIndex((name) => accepted.includes(name))]));
  const missing = NEEDED.filter((key) => place[key] < 0);
  if (missing.length) {
    return { problem: `The file has no column ${missing.join(' and no column ')} in its first line: use the CSV of the count sheet.` };
  }
  const rows = lines.map((line) => Object.fromEntries(Object.keys(COLUMNS).map((key) => [key, (line[place[key]] ?? '').trim()])));
  // Where the semicolon separates cells, the comma is a decimal point.
  if (delimiter === ';') rows.forEach((row) => { row.counted = row.counted.replace(/^([+-]?\d*),(\d+)$/, '$1.$2'); });
  const readable = rows.filter((row) => /^\d+$/.test(row.product_id));
  return { rows: readable, unreadable: rows.length - readable.length };
}

function compared(lines, stock) {
  const [line = {}] = lines;
  const row = {
    product_id: String(stock?.product_id ?? line.product_id),
    product_name: stock?.product_name ?? (line.product_name || `Product ${line.product_id}`),
    measurement: stock?.measurement ?? (line.measurement || null),
    counted: line.counted || null,
    known: stock?.quantity ?? null,
    difference: null,
    seen_at: stock?.observed_at ?? null,
  };
  const number = line.counted ? decimal(line.counted) : null;
  const state = (name, more) => ({ ...row, ...more, state: name });
  if (lines.length > 1) return state('listed twice', { counted: lines.map((each) => each.counted).filter(Boolean).join(' and ') || null });
  if (!line.counted) return state('not counted');
  if (number === null) return state('not a number');
  if (!stock) return state('not in stock', { counted: number });
  // A weight and a number of units have no difference.
  if (line.measurement && stock.measurement && line.measurement !== stock.measurement) return state('other measurement', { counted: `${number} ${line.measurement}` });
  const difference = subtract(number, stock.quantity);
  return state(difference === '0' ? 'same' : 'differs', { counted: number, difference });
}
