// An office: its stock now and as of any instant, the difference between two instants, and its audit.
import { C, Instant, Loaded, React, Screen, TablePanel, h, useRows, words } from '../../kit.js';
import { Count } from './count.js';
import Overview from './overview.js';
import { Choice, Instants, amount, given, instant, measurement, product, seen, signed, text, useTime } from './parts.js';

const HOUR = 3_600_000;
const TABS = { stock: 'Stock', difference: 'Difference', count: 'Count', attention: 'Attention' };

export default function Office({ office, address, change }) {
  const found = useRows('office', { office });
  const views = {
    stock: () => h(Stock, { office, address, change }),
    difference: () => h(Difference, { office, address, change }),
    count: () => h(Count, { office, name: found.rows?.[0]?.office_name ?? `office ${office}`, address, change }),
    attention: () => h(Overview, { parameters: { office } }),
  };
  const show = views[address.show] ? address.show : 'stock';
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Loaded, { of: found, empty: `The warehouse has no office ${office}: choose one by its name.` }, found.rows?.[0] && h(Header, { of: found.rows[0] })),
    h(C.Tabs.Root, { value: show, onValueChange: ({ value }) => change({ show: value === 'stock' ? null : value }), size: 'sm', lazyMount: true, unmountOnExit: true },
      h(C.Tabs.List, { 'aria-label': 'Parts of the office' }, Object.entries(TABS).map(([value, label]) => h(C.Tabs.Trigger, { key: value, value }, label))),
      Object.keys(TABS).map((value) => h(C.Tabs.Content, { key: value, value, pt: 4 }, value === show && views[value]()))));
}

function Header({ of }) {
  return h(C.HStack, { gap: 3, wrap: 'wrap', align: 'baseline' },
    h(C.Heading, { size: 'lg', as: 'h2' }, of.office_name),
    h(C.Text, { fontSize: 'sm', color: 'fg.muted' },
      `id ${of.office_id} · ${of.time_zone} · `, of.last_seen_at ? h(React.Fragment, null, 'last seen ', h(Instant, { value: of.last_seen_at })) : 'never pulled as a whole',
      !of.is_listed && ' · no longer listed'),
    h(Screen, { href: of.office_url }));
}

// ---- stock, now or as of an instant

function Stock({ office, address, change }) {
  const time = useTime();
  const at = given(address.at);
  // What was chosen before stays out of the SQL and the CSV where it is not set.
  const filters = { ...(address.search && { search: address.search }), ...(address.category && { category: address.category }), ...(!address.all && { kind: 'in_stock' }) };
  const columns = [product({ office }), text('brand'), text('category'), amount('quantity'), measurement];
  const now = { dataset: 'office_stock', parameters: { office, ...filters }, columns: [...columns, { key: 'package_count', label: 'packages', numeric: true }, amount('days_of_supply', 'days left'), instant('observed_at', 'last seen'), instant('changed_at', 'last change')] };
  const then = { dataset: 'stock_as_of', parameters: { office, at, ...filters }, columns: [...columns, seen('observed_at', at)] };
  return h(TablePanel, {
    title: at ? 'Stock as of a time' : 'Stock now', note: at ? `As known at ${time(at)}. A product without a row was not known then.` : 'As last seen.',
    ...(at ? then : now), empty: 'No product fits: change the filters, or show products that ran out, too.',
  },
  h(C.HStack, { gap: 3, wrap: 'wrap', align: 'end', mb: 3 },
    h(Search, { value: address.search ?? '', onChange: (search) => change({ search }, { replace: true }) }),
    h(Categories, { value: address.category ?? '', onChange: (category) => change({ category }) }),
    h(Instants, { fields: [{ name: 'at', label: 'As of' }], values: { at }, onSubmit: (values) => change(values) },
      at && h(C.Button, { size: 'sm', variant: 'ghost', onClick: () => change({ at: null }) }, 'Now')),
    h(C.Checkbox.Root, { size: 'sm', pb: 2, checked: Boolean(address.all), onCheckedChange: ({ checked }) => change({ all: checked ? 1 : null }) },
      h(C.Checkbox.HiddenInput), h(C.Checkbox.Control), h(C.Checkbox.Label, { fontWeight: 'normal' }, 'Products that ran out, too'))));
}

function Search({ value, onChange }) {
  const [typed, setTyped] = React.useState(value);
  React.useEffect(() => {
    if (typed === value) return undefined;
    // Typing is not a query for each key.
    const timer = setTimeout(() => onChange(typed), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return h(C.Field.Root, { width: '220px' }, h(C.Field.Label, { fontSize: 'xs' }, 'Search in this office'),
    h(C.Input, { size: 'sm', type: 'search', placeholder: 'Part of a name, or an id', value: typed, onChange: (event) => setTyped(event.target.value) }));
}

function Categories({ value, onChange }) {
  const { rows = [] } = useRows('categories', { limit: 500 });
  return h(C.Field.Root, { width: '200px' }, h(C.Field.Label, { fontSize: 'xs' }, 'Category'),
    h(C.NativeSelect.Root, { size: 'sm' },
      h(C.NativeSelect.Field, { value, onChange: (event) => onChange(event.target.value) },
        h('option', { value: '' }, 'All categories'), rows.map((row) => h('option', { key: row.category, value: row.category }, row.category))),
      h(C.NativeSelect.Indicator)));
}

// ---- the difference between two instants

function Difference({ office, address, change }) {
  const time = useTime();
  const [at, since] = [given(address.at), given(address.since)];
  const isReady = at !== null && since !== null;
  const last = (hours) => () => {
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    const iso = (milliseconds) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
    change({ since: iso(now - hours * HOUR), at: iso(now) });
  };
  const columns = [
    product({ office }), amount('quantity_since', 'before'), amount('quantity_at', 'after'), signed('difference'),
    { key: 'measurement', render: unit }, seen('seen_since', since, 'seen before'), seen('seen_at', at, 'seen after'),
  ];
  return h(TablePanel, {
    title: 'Difference between two times', columns,
    note: isReady ? `From ${time(since)} to ${time(at)}. A product that was not known at a time is unknown then, not zero.` : 'Enter two times, or choose a span.',
    dataset: 'stock_difference', parameters: isReady ? { office, since, at, ...(!address.all && { kind: 'changed' }) } : null,
    empty: 'No quantity differs between these times.',
  },
  h(C.HStack, { gap: 3, wrap: 'wrap', align: 'end', mb: 3 },
    h(Instants, { fields: [{ name: 'since', label: 'From' }, { name: 'at', label: 'To' }], values: { since, at }, onSubmit: (values) => change(values) },
      h(C.Button, { size: 'sm', variant: 'ghost', onClick: last(24) }, 'Last 24 hours'), h(C.Button, { size: 'sm', variant: 'ghost', onClick: last(168) }, 'Last 7 days')),
    h(Choice, { label: 'Products to show', value: address.all ? 'all' : 'changed', options: [['changed', 'What differs'], ['all', 'All products']], onChoose: (which) => change({ all: which === 'all' ? 1 : null }) })));
}

function unit(row) {
  const [before, after] = [row.measurement_since, row.measurement_at];
  return before && after && before !== after ? `${words(before)}, then ${words(after)}` : words(after ?? before);
}
