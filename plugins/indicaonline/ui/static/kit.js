// What all views are made of. React, Chakra and the router are those of Airflow, as globals of its page.
import { account, address, read, readRows } from './server.js';

const { React, ChakraUI: C, ReactRouterDOM: Router } = globalThis;
const { createContext, useCallback, useContext, useEffect, useState } = React;
export const h = React.createElement;
export { C, React, Router };

/** The address of the page of an account: by default of the one that is shown. */
export const home = (id = account()) => (id ? `/plugin/inventory/account/${id}` : '/plugin/inventory');
/** The id of a DAG of the account that is shown. */
export const dagId = (name) => (account() ? `${account()}__${name}` : name);
/** What fills an empty warehouse. */
export const firstRuns = () => `trigger ${dagId('reference_data_daily')}, then ${dagId('inventory_snapshot_daily')}`;

/** What the server says of the user: name, accounts, rights, time zone, SLA; and the problem of the warehouse, if it has one. */
export const Me = createContext({ may: {}, zone: 'UTC', sla: {} });
export const useMe = () => useContext(Me);

// ---- data

/** Run an asynchronous read whenever its key changes; returns { data, problem, loading, reload }. */
export function useAsync(key, load) {
  const [state, setState] = useState({ loading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (key === null) return undefined;
    const control = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(control.signal).then(
      (data) => setState({ data, loading: false }),
      (problem) => control.signal.aborted || setState({ problem, loading: false }),
    );
    return () => control.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return key === null ? { loading: false, reload } : { ...state, reload };
}

/** Read a dataset; parameters of null mean: not yet. Returns { rows, more, problem, loading, reload }. */
export function useRows(dataset, parameters = {}) {
  const key = parameters && `${dataset}?${JSON.stringify(parameters)}`;
  const { data, ...rest } = useAsync(key, (signal) => readRows(dataset, parameters, signal));
  return { rows: data?.rows, columns: data?.columns, more: data?.more, ...rest };
}

/** Parameters of the view in its address, so that it can be bookmarked; returns [object, change]. */
export function useAddress() {
  const [search, setSearch] = Router.useSearchParams();
  const change = (changes, options) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === null || value === '') next.delete(name);
        else next.set(name, String(value));
      }
      return next;
    }, options);
  return [Object.fromEntries(search), change];
}

// ---- text

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
/** A quantity, rounded to two digits for the eye; the CSV has all digits. */
export const quantity = (value) => (value === null || value === undefined ? '–' : number.format(Number(value)));
export const count = (value, one, many = `${one}s`) => `${number.format(value)} ${Number(value) === 1 ? one : many}`;
export const words = (value) => (value ?? '–').toString().replaceAll('_', ' ');

/** A span of seconds in its largest unit. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return 'never';
  const value = Math.max(0, Number(seconds));
  if (value < 5400) return `${Math.round(value / 60)} min`;
  if (value < 172800) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} days`;
}

// The zone that the user chose in Airflow's navigation; UTC by default, as there.
export function userZone() {
  try {
    const chosen = JSON.parse(localStorage.getItem('timezone') ?? '"UTC"');
    return new Intl.DateTimeFormat('en', { timeZone: chosen }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

/** An instant in a time zone, as 2026-03-04 09:30. */
export function inZone(instant, zone) {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return parts.format(new Date(instant));
}

/** An instant in the user's zone; its title names that of the business, too. */
export function Instant({ value }) {
  const { zone } = useMe();
  if (!value) return h(C.Text, { as: 'span', color: 'fg.muted' }, '–');
  const title = `${inZone(value, userZone())} ${userZone()} · ${inZone(value, zone)} ${zone}`;
  return h('time', { dateTime: value, title, style: { whiteSpace: 'nowrap' } }, inZone(value, userZone()));
}

// ---- states

const TONES = { ok: 'green', warning: 'orange', problem: 'red', unknown: 'gray' };
export const Tag = ({ tone = 'unknown', children }) => h(C.Badge, { colorPalette: TONES[tone] ?? tone, size: 'sm' }, children);

export function Notice({ status = 'error', title, children, ...rest }) {
  return h(C.Alert.Root, { status, role: status === 'error' ? 'alert' : 'status', ...rest }, h(C.Alert.Indicator),
    h(C.Alert.Content, null, title && h(C.Alert.Title, null, title), h(C.Alert.Description, null, children)));
}

/** The rows' problem, a placeholder while they load, what to do if there are none, or the children. */
export function Loaded({ of, empty, children }) {
  if (of.problem) return h(Notice, null, of.problem.message);
  if (!of.rows) return h(C.Skeleton, { height: '64px', 'aria-label': 'Reading the warehouse' });
  if (of.rows.length === 0) return h(C.Text, { color: 'fg.muted', fontSize: 'sm', py: 2 }, empty ?? 'Nothing to show.');
  return h(C.Box, { opacity: of.loading ? 0.6 : 1 }, children);
}

// ---- panels and tables

/** A card with a heading, and the SQL, CSV and print page of the dataset that it shows. */
export function Panel({ title, note, dataset, parameters, actions, children, ...rest }) {
  return h(C.Box, { as: 'section', borderWidth: 1, borderRadius: 'md', bg: 'bg', p: 4, minW: 0, 'aria-label': title, ...rest },
    h(C.HStack, { justify: 'space-between', align: 'start', mb: 3, gap: 3, wrap: 'wrap' },
      h(C.Box, { flex: '1 1 220px', minW: 0 }, h(C.Heading, { size: 'sm', as: 'h2' }, title), note && h(C.Text, { fontSize: 'xs', color: 'fg.muted', mt: 1 }, note)),
      h(C.HStack, { gap: 1 }, actions, dataset && parameters && h(Sources, { dataset, parameters }))),
    children);
}

function Sources({ dataset, parameters }) {
  const [open, setOpen] = useState(false);
  const link = (label, href, props) =>
    h(C.Button, { asChild: true, size: '2xs', variant: 'ghost' }, h('a', { href, 'aria-label': `${label} of ${words(dataset)}`, ...props }, label));
  return h(C.HStack, { gap: 0 },
    h(C.Button, { size: '2xs', variant: 'ghost', 'aria-label': `SQL of ${words(dataset)}`, onClick: () => setOpen(true) }, 'SQL'),
    link('CSV', address(`csv/${dataset}.csv`, { ...parameters, limit: 20000, offset: 0 }), { download: '' }),
    link('Print', address(`print/${dataset}`, { ...parameters, limit: 5000, offset: 0 }), { target: '_blank', rel: 'noopener' }),
    open && h(SqlDialog, { dataset, parameters, close: () => setOpen(false) }));
}

function SqlDialog({ dataset, parameters, close }) {
  const { data, problem } = useAsync(`${dataset}?${JSON.stringify(parameters)}`, (signal) => read(`sql/${dataset}`, parameters, signal));
  return h(Dialog, { title: `SQL of ${words(dataset)}`, close, size: 'xl' },
    problem ? h(Notice, null, problem.message)
      : h(C.Box, { as: 'pre', fontSize: 'xs', fontFamily: 'mono', whiteSpace: 'pre-wrap', maxH: '60vh', overflow: 'auto', tabIndex: 0 }, data ?? 'Reading…'),
    data && h(C.Button, { size: 'xs', mt: 3, variant: 'outline', onClick: () => navigator.clipboard.writeText(data) }, 'Copy'));
}

export function Dialog({ title, close, size = 'md', footer, children }) {
  return h(C.Dialog.Root, { open: true, size, onOpenChange: (change) => change.open || close(), scrollBehavior: 'inside' },
    h(C.Portal, null, h(C.Dialog.Backdrop), h(C.Dialog.Positioner, null,
      h(C.Dialog.Content, null,
        h(C.Dialog.Header, null, h(C.Dialog.Title, null, title)),
        h(C.Dialog.Body, null, children),
        footer && h(C.Dialog.Footer, null, footer),
        h(C.Dialog.CloseTrigger, { asChild: true }, h(C.CloseButton, { size: 'sm', 'aria-label': 'Close' }))))));
}

/** Rows as a table. A column is { key, label, render(row), numeric }; its cells are text unless it renders them. */
export function Table({ columns, rows, label, selected, onSelect }) {
  const cell = (row, column) => (column.render ? column.render(row) : (row[column.key] ?? '–'));
  return h(C.Table.ScrollArea, { maxW: '100%' }, h(C.Table.Root, { size: 'sm', whiteSpace: 'normal', 'aria-label': label },
    h(C.Table.Header, null, h(C.Table.Row, null, columns.map((column) =>
      h(C.Table.ColumnHeader, { key: column.key, textAlign: column.numeric ? 'end' : undefined, whiteSpace: 'nowrap' }, column.label ?? words(column.key))))),
    h(C.Table.Body, null, rows.map((row, i) =>
      h(C.Table.Row, { key: i, bg: selected?.(row) ? 'bg.muted' : undefined, cursor: onSelect && 'pointer', onClick: onSelect && (() => onSelect(row)) },
        columns.map((column) => h(C.Table.Cell, { key: column.key, ...(column.numeric && { textAlign: 'end', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }) }, cell(row, column))))))));
}

const PAGE = 50;
/** A panel with a dataset as a table, page by page. */
export function TablePanel({ title, note, dataset, parameters, columns, empty, label, pageSize = PAGE, actions, children, ...rest }) {
  const [offset, setOffset] = useState(0);
  const key = JSON.stringify(parameters);
  useEffect(() => setOffset(0), [dataset, key]);
  const of = useRows(dataset, parameters && { ...parameters, limit: pageSize, offset });
  return h(Panel, { title, note, dataset, parameters, actions, ...rest }, children,
    h(Loaded, { of, empty: offset ? 'No more rows.' : empty }, of.rows && h(Table, { columns, rows: of.rows, label: label ?? title })),
    (offset > 0 || of.more) && h(C.HStack, { mt: 2, justify: 'end', gap: 2 },
      h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, `rows ${offset + 1} to ${offset + (of.rows?.length ?? 0)}`),
      h(C.Button, { size: '2xs', variant: 'outline', disabled: offset === 0, onClick: () => setOffset(Math.max(0, offset - pageSize)) }, 'Previous'),
      h(C.Button, { size: '2xs', variant: 'outline', disabled: !of.more, onClick: () => setOffset(offset + pageSize) }, 'Next')));
}

/** A number with its label, and a link to where it is explained. */
export function Tile({ label, value, tone, to, note }) {
  const color = tone && tone !== 'unknown' ? `${TONES[tone]}.fg` : undefined;
  const body = h(C.Box, { borderWidth: 1, borderRadius: 'md', bg: 'bg', px: 4, py: 3, minW: '150px', flex: 1, _hover: to && { bg: 'bg.muted' } },
    h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, label),
    h(C.Text, { fontSize: '2xl', fontWeight: 'semibold', color, lineHeight: 1.3 }, value),
    note && h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, note));
  return to ? h(Router.Link, { to, style: { flex: 1, display: 'flex' } }, body) : body;
}

// ---- finding and doing

/** A field to choose an office, a product or a package by typing. `show` returns the label of a row. */
export function Finder({ label, dataset, parameters = {}, value, show, onChoose, width = '260px', placeholder }) {
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  useEffect(() => {
    // Typing is not a query for each key.
    const timer = setTimeout(() => setSearch(text), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const { rows = [], problem } = useRows(dataset, { ...parameters, search, limit: 20 });
  const items = rows.map((row) => ({ row, value: String(row.id), label: show ? show(row) : row.name ?? String(row.id) }));
  const collection = React.useMemo(() => C.createListCollection({ items }), [JSON.stringify(items)]);
  return h(C.Combobox.Root, {
    collection, width, size: 'sm', openOnClick: true, inputBehavior: 'none', selectionBehavior: 'clear', value: [],
    onInputValueChange: (change) => setText(change.inputValue),
    onValueChange: (change) => change.items[0] && onChoose(change.items[0].row),
  },
  h(C.Combobox.Label, { fontSize: 'xs' }, label),
  h(C.Combobox.Control, null, h(C.Combobox.Input, { placeholder: value ?? placeholder ?? 'Type to find', 'aria-label': label }),
    h(C.Combobox.IndicatorGroup, null, h(C.Combobox.Trigger))),
  h(C.Portal, null, h(C.Combobox.Positioner, null, h(C.Combobox.Content, null,
    h(C.Combobox.Empty, null, problem ? problem.message : 'Nothing is found.'),
    items.map((item) => h(C.Combobox.Item, { key: item.value, item }, item.label))))));
}

/** A button of an action in Airflow: disabled, with the reason beside it, where the user may not run its DAG. */
export function Action({ dag, children, onPress, reason, ...rest }) {
  const { may } = useMe();
  const [busy, setBusy] = useState(false);
  const why = may[dag] === false ? `You may not run the DAG ${dag}: an administrator of Airflow grants the right.` : reason;
  const press = async () => {
    setBusy(true);
    try {
      await onPress();
    } finally {
      setBusy(false);
    }
  };
  return h(C.HStack, { gap: 2, display: 'inline-flex' },
    h(C.Button, { size: 'xs', loading: busy, disabled: Boolean(why), onClick: press, ...rest }, children),
    why && h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, why));
}

/** A link to a screen of IndicaOnline; nothing without a template for it. */
export const Screen = ({ href, children = 'IndicaOnline' }) =>
  href ? h(C.Link, { href, target: '_blank', rel: 'noopener noreferrer', fontSize: 'xs', colorPalette: 'blue' }, children, ' ↗') : null;

/** A link within the page, to a view with its parameters. */
export function Go({ to, with: parameters = {}, children }) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined)).toString();
  return h(C.Link, { asChild: true, colorPalette: 'blue', variant: 'underline' }, h(Router.Link, { to: `${home()}/${to}${query && `?${query}`}` }, children));
}
