// A chart, drawn by Vega from the definition that `make plots` and the documents use, too. Without the extra `ui` there
// is no Vega on the server: then the rows stand as a table.
import { C, React, Table, h, quantity, words } from './kit.js';
import { address, read } from './server.js';

const { useEffect, useMemo, useRef, useState } = React;

let vega;
/** Vega, or null where the server does not have it. */
const loadVega = () => (vega ??= import(new URL(address('vega.js'), document.baseURI).href).catch(() => null));

/** True while Airflow's page is dark. */
function useDark() {
  const root = document.documentElement;
  const [dark, setDark] = useState(root.classList.contains('dark'));
  useEffect(() => {
    const observer = new MutationObserver(() => setDark(root.classList.contains('dark')));
    observer.observe(root, { attributes: true, attributeFilter: ['class'] });
    return () => observer.disconnect();
  }, []);
  return dark;
}

function useWidth(box) {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    // In steps, because a chart is compiled again for each width.
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width / 20) * 20));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** The number of panels that the rows need, and of weeks in a calendar: as count_panels in charts.py. */
function counts({ panel, layout }, rows) {
  const panels = new Set(rows.map((row) => JSON.stringify(panel.map((column) => row[column])))).size;
  if (!layout.period) return { panels };
  const days = rows.map((row) => Date.parse(row[layout.period.field]) / 86400000);
  return { panels, periods: rows.length ? Math.floor((Math.max(...days) - Math.min(...days)) / layout.period.days) + 2 : 1 };
}

/**
 * Draw the chart `name` with the rows of its dataset. `onSelect(row, event)` is called with the datum that is clicked,
 * or chosen with Enter. The arrow keys move from row to row, and read it out.
 */
export function Chart({ name, rows, label, onSelect }) {
  const box = useRef(null);
  const place = useRef(null);
  const select = useRef(onSelect);
  select.current = onSelect;
  const dark = useDark();
  const width = useWidth(box);
  const [spec, setSpec] = useState(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (!width || !rows?.length) return undefined;
    const control = new AbortController();
    let view;
    const draw = async () => {
      const theme = dark ? 'dark' : 'light';
      const [library, plain] = await Promise.all([loadVega(), read(`chart/${name}`, { theme }, control.signal)]);
      if (!library) return setMissing(true);
      const fitted = await read(`chart/${name}`, { theme, width, ...counts(plain.usermeta, rows) }, control.signal);
      if (control.signal.aborted) return undefined;
      setSpec(fitted);
      view = await embed(library, place.current, fitted, rows, dark, (...chosen) => select.current?.(...chosen));
      return undefined;
    };
    draw().catch((error) => control.signal.aborted || setMissing(error.message));
    return () => {
      control.abort();
      view?.finalize();
    };
  }, [name, rows, dark, width]);
  if (!rows?.length) return null;
  const title = label ?? spec?.description ?? words(name);
  return h(C.Box, { ref: box, minW: 0, role: 'group', 'aria-label': title },
    missing ? h(Fallback, { rows, title })
      : h(C.Box, { ref: place, minH: '120px', maxW: '100%', overflowX: 'auto', role: 'img', 'aria-label': spec?.description ?? title }),
    !missing && spec && h(Readout, { meta: spec.usermeta, rows, title, onSelect }));
}

// Airflow's page sets the font of every element, which takes precedence over the sizes in an SVG picture: the picture is in
// a tree of its own.
function treeIn(element) {
  const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
  root.replaceChildren(document.createElement('div'));
  return root.firstChild;
}

async function embed(library, element, spec, rows, dark, choose) {
  // Vega marks rows as its own, so it gets copies. The panel around a chart has the title.
  const { view } = await library.vegaEmbed(treeIn(element), { ...spec, title: undefined, datasets: { rows: structuredClone(rows) } }, {
    actions: false,
    renderer: 'svg',
    // Interprets expressions instead of compiling them, so that it works under any content security policy.
    ast: true,
    tooltip: { theme: dark ? 'dark' : 'light' },
  });
  view.addEventListener('click', (event, item) => item?.datum && choose(item.datum, event));
  return view;
}

// The rows one by one, for the keyboard and for screen readers: a picture alone says neither its values nor their order.
function Readout({ meta, rows, title, onSelect }) {
  const ordered = useMemo(() => [...rows].sort((a, b) => (String(a[meta.x]) < String(b[meta.x]) ? -1 : 1)), [rows, meta.x]);
  const [at, setAt] = useState(null);
  const move = (event) => {
    const last = ordered.length - 1;
    const next = { ArrowRight: (at ?? -1) + 1, ArrowLeft: (at ?? ordered.length) - 1, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(last, next)));
    } else if (event.key === 'Enter' && at !== null) {
      onSelect?.(ordered[at], event);
    }
  };
  const text = at === null ? 'Values by keyboard: press the arrow keys here.' : inWords(ordered[at], meta.readout);
  return h(C.Box, { tabIndex: 0, onKeyDown: move, onBlur: () => setAt(null), fontSize: 'xs', color: 'fg.muted', role: 'status', 'aria-label': `Values of ${title}`,
    // Only the keyboard needs the line: it is seen while it has the focus.
    minH: '18px', opacity: 0, _focusVisible: { opacity: 1, outline: '2px solid', outlineColor: 'colorPalette.focusRing' } }, text);
}

const shown = (value) => (typeof value === 'number' || /^-?\d+\.\d+$/.test(value) ? quantity(value) : words(value));
const inWords = (row, columns) => columns.filter((column) => row[column] !== null).map((column) => `${words(column)} ${shown(row[column])}`).join(' · ');

function Fallback({ rows, title }) {
  const columns = Object.keys(rows[0]).map((key) => ({ key }));
  return h(C.Box, null,
    h(C.Text, { fontSize: 'xs', color: 'fg.muted', mb: 1 }, 'Charts need the extra "ui": pip install "airflow-indicaonline[ui]" where the API server runs.'),
    h(Table, { columns, rows: rows.slice(0, 100), label: title }));
}
