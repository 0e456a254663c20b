// The audit of an office: a sheet to count on, and a counted sheet against the stock as of the time of the count.
import { C, Notice, Panel, React, TablePanel, Tag, count, h, quantity, words } from '../../kit.js';
import { decode, parseCsv, writeCsv } from '../../csv.js';
import { address as link, readRows } from '../../server.js';
import { STATUSES, compareCount } from './comparison.js';
import { Choice, Instants, PagedTable, amount, given, measurement, product, seen, signed, text, useTime } from './parts.js';

const PAGE = 20000;

export const Count = (props) => h(C.VStack, { align: 'stretch', gap: 4 }, h(Sheet, props), h(Comparison, props));

// ---- the sheet

function Sheet({ office }) {
  // People count better without knowing what is expected.
  const [kind, setKind] = React.useState('blind');
  const parameters = { office, ...(kind !== 'blind' && { kind }) };
  const button = (label, href, more) => h(C.Button, { asChild: true, size: 'xs', variant: 'outline' }, h('a', { href, ...more }, label));
  const columns = [
    text('product_id', 'id'), product({ office }), text('category'), measurement,
    ...(kind === 'blind' ? [] : [amount('expected')]), { key: 'counted', render: () => h(C.Box, { borderBottomWidth: 1, minW: '80px', height: '1em' }) },
  ];
  return h(TablePanel, {
    title: 'Count sheet', note: 'The products that the office has, with a column to fill in. An empty cell means: not counted.', dataset: 'count_sheet', parameters, columns,
    pageSize: 10, empty: 'The office has no stock to count.',
  },
  h(C.HStack, { gap: 2, mb: 3, wrap: 'wrap' },
    button('Download the sheet', link('csv/count_sheet.csv', { ...parameters, limit: PAGE }), { download: `count-${office}.csv` }),
    button('Print the sheet', link('print/count_sheet', { ...parameters, limit: PAGE }), { target: '_blank', rel: 'noopener' }),
    h(Choice, { label: 'Expected quantities', value: kind, options: [['blind', 'Without expected quantities'], ['with_expected', 'With them']], onChoose: setKind })));
}

// ---- the counted sheet

function Comparison({ office, name, address, change }) {
  const time = useTime();
  const at = given(address.at);
  const [file, setFile] = React.useState(null);
  const [found, setFound] = React.useState(null);
  React.useEffect(() => {
    if (!file || !at) return undefined;
    const control = new AbortController();
    setFound({ loading: true });
    compare(file, office, at, control.signal).then(setFound, (problem) => control.signal.aborted || setFound({ problem: problem.message }));
    return () => control.abort();
  }, [file, office, at]);
  const chosen = (event) => setFile(event.target.files[0] ?? null);
  return h(Panel, {
    title: 'Compare a counted sheet', note: 'With the stock as last seen before the count: a sale in between is a difference, too. The file stays in this browser.',
    actions: found?.rows && h(C.Button, { size: 'xs', variant: 'outline', onClick: () => download(found.rows, at, `count-${office}-compared.csv`) }, 'Download the comparison'),
  },
  h(C.HStack, { gap: 3, wrap: 'wrap', align: 'end', mb: 3 },
    h(C.Field.Root, { width: '320px' }, h(C.Field.Label, { fontSize: 'xs' }, 'Counted sheet (CSV)'),
      h(C.Input, { type: 'file', size: 'sm', accept: '.csv,.txt,text/csv', pt: '5px', onChange: chosen })),
    h(Instants, { fields: [{ name: 'at', label: 'Time of the count' }], values: { at }, onSubmit: (values) => change(values), submit: 'Compare' })),
  !file && h(C.Text, { fontSize: 'sm', color: 'fg.muted' }, `Choose the CSV of the count sheet of ${name} with its column counted filled in, and enter the time of the count.`),
  file && !at && h(C.Text, { fontSize: 'sm', color: 'fg.muted' }, 'Enter the time of the count.'),
  found?.loading && h(C.Skeleton, { height: '64px', 'aria-label': 'Comparing' }),
  found?.problem && h(Notice, null, found.problem),
  found?.rows && file && at && h(Compared, { of: found, at, office, when: time(at) }));
}

async function compare(file, office, at, signal) {
  const sheet = parseCsv(decode(await file.arrayBuffer()));
  const known = [];
  for (let more = true; more;) {
    const page = await readRows('stock_as_of', { office, at, limit: PAGE, offset: known.length }, signal);
    known.push(...page.rows);
    more = page.more;
  }
  if (known.length === 0) return { problem: 'Nothing is known of the stock of this office at that time: enter the time of the count.' };
  return compareCount(sheet, known, office);
}

const TONES = { differs: 'problem', not_counted: 'unknown', matches: 'ok' };

function Compared({ of, at, office, when }) {
  const [status, setStatus] = React.useState(null);
  const numbers = Object.fromEntries(STATUSES.map((each) => [each, of.rows.filter((row) => row.status === each).length]));
  const options = [[null, `all (${of.rows.length})`], ...STATUSES.filter((each) => numbers[each]).map((each) => [each, `${words(each)} (${numbers[each]})`])];
  const rows = React.useMemo(() => of.rows.filter((row) => !status || row.status === status), [of.rows, status]);
  const columns = [
    product({ office }),
    { key: 'status', render: (row) => h(Tag, { tone: TONES[row.status] ?? 'warning' }, words(row.status)) },
    amount('expected'),
    { key: 'counted', numeric: true, render: (row) => (/^-?\d+(\.\d+)?$/.test(row.counted ?? '') ? quantity(row.counted) : row.counted ?? '–') },
    signed('difference'), measurement, seen('observed_at', at),
  ];
  const unreadable = of.unreadable > 0 && h(Notice, { status: 'warning', mb: 3 },
    `${count(of.unreadable, 'line')} of the file ${of.unreadable === 1 ? 'has' : 'have'} no whole number as the product id: a spreadsheet may have rounded a long id. Import that column as text.`);
  return h(React.Fragment, null, unreadable,
    h(C.HStack, { gap: 3, mb: 3, wrap: 'wrap' },
      h(C.Text, { fontSize: 'sm' }, numbers.differs === 0 ? `No counted quantity differs from the stock as of ${when}.` : `${count(numbers.differs, 'product differs', 'products differ')} from the stock as of ${when}.`),
      h(Choice, { label: 'Rows to show', value: status, options, onChoose: setStatus })),
    h(PagedTable, { columns, rows, label: 'The counted sheet, compared with the stock' }));
}

// The columns of the command compare-count, those of packages left out.
const EXPORTED = ['status', 'product_id', 'product_name', 'measurement', 'expected', 'counted', 'difference', 'counted_at', 'observed_at'];

function download(rows, at, name) {
  const text = writeCsv([EXPORTED, ...rows.map((row) => EXPORTED.map((key) => ({ ...row, counted_at: at })[key]))]);
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
