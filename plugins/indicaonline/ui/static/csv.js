// CSV files as spreadsheets write them. Without globals of Airflow's page, so that a test can import it alone.

// As in csv_cells.py: what a spreadsheet takes for a formula, also after blanks, apostrophes, and in full-width forms.
const FORMULA = /^'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

/** The text of a file: UTF-8, or the UTF-16 that a spreadsheet calls Unicode text. */
export function decode(buffer) {
  const [first, second] = new Uint8Array(buffer.slice(0, 2));
  const utf16 = (first === 0xff && second === 0xfe && 'utf-16le') || (first === 0xfe && second === 0xff && 'utf-16be');
  return new TextDecoder(utf16 || 'utf-8').decode(buffer);
}

/** The delimiter of a file: that of comma, semicolon and tab which occurs most in its first line, outside quotes. */
function delimiterOf(text) {
  const line = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  const times = (character) => line.split(character).length;
  return [',', ';', '\t'].reduce((best, each) => (times(each) > times(best) ? each : best));
}

/** A CSV file as { delimiter, rows }, each row a list of texts. Lines that are empty are left out. */
export function parseCsv(file) {
  let text = file.replace(/^\ufeff/, '');
  // Excel's own first line, which names the delimiter.
  const named = /^sep=(.)\r?\n/i.exec(text);
  if (named) text = text.slice(named[0].length);
  const delimiter = named?.[1] ?? delimiterOf(text);
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length) {
    const cell = cellAt(text, at, delimiter);
    row.push(harmful(cell.text));
    at = cell.end;
    if (text[at] === delimiter) {
      at += 1;
      if (at < text.length) continue;
      row.push('');
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    if (row.some((each) => each !== '')) rows.push(row);
    row = [];
  }
  return { delimiter, rows };
}

/** The cell that begins at a place, and where it ends: before a delimiter, a line break, or the end of the file. */
function cellAt(text, start, delimiter) {
  let at = start;
  let value = '';
  if (text[at] === '"') {
    for (at += 1; at < text.length; at += 1) {
      if (text[at] !== '"') value += text[at];
      else if (text[at + 1] === '"') value += text[(at += 1)];
      else break;
    }
    at += 1;
  }
  // Also what follows a closing quote, which a careful program does not write.
  const from = at;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at += 1;
  return { text: value + text.slice(from, at), end: at };
}

// An apostrophe makes a spreadsheet show the rest as text; reading removes one.
const harmful = (cell) => (cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell);
const harmless = (cell) => (FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell);
const quoted = (cell) => (/[",;\r\n\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Rows as a CSV file in which no cell is a formula to a spreadsheet. */
export const writeCsv = (rows) =>
  rows.map((row) => row.map((cell) => quoted(harmless(String(cell ?? '')))).join(',')).join('\r\n') + '\r\n';
