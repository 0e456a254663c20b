// A counted sheet against the stock of an office as of the time of the count. Without globals of Airflow's page.
import { add, decimal, subtract } from '../../decimal.js';

// The names of a sheet's columns, as the count sheet and people write them.
const COLUMNS = {
  product_id: ['product_id', 'product id'],
  counted: ['counted', 'count', 'counted quantity'],
  office_id: ['office_id', 'office id'],
  package_id: ['package_id', 'package id'],
  counted_at: ['counted_at', 'counted at'],
  product_name: ['product_name', 'product name', 'product'],
  measurement: ['measurement'],
};
const NEEDED = ['product_id', 'counted'];

/** The statuses of a row, those that need a person first. The four of the command compare-count are among them. */
export const STATUSES = ['differs', 'not_in_books', 'other_measurement', 'not_a_number', 'not_counted', 'matches'];

/**
 * Compare a parsed CSV file with the rows of the stock. Returns { rows, unreadable } or { problem }, a sentence.
 *
 * A product that the office is not known to have has no expected quantity: it is not zero. An empty cell is no count. The
 * lines of one product are added. Lines whose product id is not whole are counted in `unreadable`.
 */
export function compareCount({ delimiter, rows: lines }, known, office) {
  const sheet = readSheet(lines, delimiter);
  const problem = sheet.problem ?? misfit(sheet.rows, office);
  if (problem) return { problem };
  const counted = new Map();
  for (const row of sheet.rows) counted.set(row.product_id, [...(counted.get(row.product_id) ?? []), row]);
  const rows = known.flatMap((stock) => {
    const mine = counted.get(String(stock.product_id)) ?? [];
    counted.delete(String(stock.product_id));
    // What has run out is only of interest where somebody counted it.
    return mine.length === 0 && decimal(stock.quantity) === '0' ? [] : [compared(mine, stock)];
  });
  rows.push(...[...counted.values()].map((mine) => compared(mine, null)).filter((row) => row.status !== 'not_counted'));
  rows.sort((a, b) => STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) || a.product_name.localeCompare(b.product_name));
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

/** Why a sheet cannot be compared here, as a sentence; undefined where it can. */
function misfit(rows, office) {
  const others = [...new Set(rows.map((row) => row.office_id).filter((id) => id && id !== String(office)))];
  if (others.length) return `The sheet is of office ${others.join(', ')}, not of office ${office}: choose the right office or file.`;
  const counts = rows.filter((row) => row.counted);
  if (counts.length === 0) return 'The column counted is empty: fill in what was counted.';
  const fine = counts.some((row) => row.package_id) ? 'packages' : counts.some((row) => row.counted_at) && 'times of its own';
  return fine ? `The sheet has ${fine}, which this page does not compare: use the command indicaonline compare-count.` : undefined;
}

function compared(lines, stock) {
  const counts = lines.map((line) => line.counted).filter(Boolean);
  const numbers = counts.map(decimal);
  const [line = {}] = lines;
  const row = {
    product_id: String(stock?.product_id ?? line.product_id),
    product_name: stock?.product_name ?? (line.product_name || `Product ${line.product_id}`),
    measurement: stock?.measurement ?? (line.measurement || null),
    expected: stock?.quantity ?? null,
    counted: counts.join(' and ') || null,
    difference: null,
    observed_at: stock?.observed_at ?? null,
  };
  if (counts.length === 0) return { ...row, status: 'not_counted' };
  if (numbers.includes(null)) return { ...row, status: 'not_a_number' };
  const counted = numbers.reduce((sum, number) => add(sum, number), '0');
  if (!stock) return { ...row, counted, status: 'not_in_books' };
  // A weight and a number of units have no difference.
  const other = lines.find((each) => each.measurement && stock.measurement && each.measurement !== stock.measurement);
  if (other) return { ...row, counted: `${counted} ${other.measurement}`, status: 'other_measurement' };
  const difference = subtract(counted, stock.quantity);
  return { ...row, counted, difference, status: difference === '0' ? 'matches' : 'differs' };
}
