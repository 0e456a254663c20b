// What the parts of the view Stock share: columns, fields for instants, and totals.
import { C, Go, Instant, React, Table, h, inZone, quantity, span, useMe, userZone, words } from '../../kit.js';
import { add } from '../../decimal.js';
import { toInstant, toLocal } from '../../zone.js';

// ---- columns

export const product = (address = {}) => ({
  key: 'product_name', label: 'product',
  render: (row) => h(Go, { to: 'stock', with: { ...address, product: row.product_id } }, row.product_name),
});
export const office = (address = {}) => ({
  key: 'office_name', label: 'office',
  render: (row) => h(Go, { to: 'stock', with: { ...address, office: row.office_id } }, row.office_name),
});
export const amount = (key, label = words(key)) => ({ key, label, numeric: true, render: (row) => quantity(row[key]) });
/** A quantity with its measurement behind it, where a column for each would not fit. */
export const measured = (key, label = words(key)) => ({
  key, label, numeric: true,
  render: (row) => h(React.Fragment, null, quantity(row[key]), h(C.Text, { as: 'span', fontSize: 'xs', color: 'fg.muted' }, ` ${words(row.measurement)}`)),
});
export const instant = (key, label = words(key)) => ({ key, label, render: (row) => h(Instant, { value: row[key] }) });
export const measurement = { key: 'measurement', render: (row) => words(row.measurement) };
export const text = (key, label = words(key)) => ({ key, label, render: (row) => row[key] ?? '–' });
export const pack = {
  key: 'package_id', label: 'package',
  render: (row) => h(Go, { to: 'packages', with: { package: row.package_id } }, row.uid ?? row.package_id),
};
/** A difference, with its sign. */
export const signed = (key, label = words(key)) => ({
  key, label, numeric: true,
  render: (row) => (row[key] === null || row[key] === undefined ? '–' : `${Number(row[key]) > 0 ? '+' : ''}${quantity(row[key])}`),
});
/** When a value was last seen, and how long before an instant that was. */
export const seen = (key, at, label = 'seen') => ({
  key, label,
  render: (row) => (row[key] ? h(C.Box, { as: 'span', whiteSpace: 'nowrap' }, h(Instant, { value: row[key] }),
    h(C.Text, { as: 'span', fontSize: 'xs', color: 'fg.muted' }, ` · ${span((Date.parse(at) - Date.parse(row[key])) / 1000)} before`)) : '–'),
});

// ---- totals

/** The sums of the rows by measurement, which are never added together; rows without a quantity are left out. */
export function totals(rows) {
  const sums = new Map();
  for (const row of rows) {
    if (row.quantity !== null) sums.set(row.measurement, add(sums.get(row.measurement) ?? '0', row.quantity));
  }
  return [...sums].map(([unit, sum]) => ({ measurement: unit, quantity: sum }));
}

// ---- instants

/** The instant of a parameter of the address; null where it is none, or one of which nothing is known yet. */
export const given = (value) => (value && Date.parse(value) <= Date.now() ? new Date(value).toISOString().replace('.000Z', 'Z') : null);

/**
 * A form of instants, each { name, label, optional }, in the zone of the user. `onSubmit` gets them with their offset, null
 * for one that is left empty.
 */
export function Instants({ fields, values, onSubmit, submit = 'Show', children }) {
  const zone = userZone();
  const first = () => Object.fromEntries(fields.map(({ name }) => [name, values[name] ? toLocal(values[name], zone) : '']));
  const [local, setLocal] = React.useState(first);
  const [problem, setProblem] = React.useState(null);
  const known = JSON.stringify(fields.map(({ name }) => values[name] ?? null));
  React.useEffect(() => setLocal(first()), [known, zone]);
  const send = (event) => {
    event.preventDefault();
    const found = fields.map((field) => ({ ...field, empty: !local[field.name], instant: null, ...toInstant(local[field.name], zone) }));
    const wrong = problemOf(found);
    setProblem(wrong ?? found.map((each) => each.note).filter(Boolean).join(' '));
    if (!wrong) onSubmit(Object.fromEntries(found.map((each) => [each.name, each.instant])));
  };
  return h('form', { onSubmit: send, noValidate: true },
    h(C.HStack, { gap: 3, wrap: 'wrap', align: 'end' },
      fields.map(({ name, label }) => h(C.Field.Root, { key: name, width: 'auto' },
        h(C.Field.Label, { fontSize: 'xs' }, `${label} (${zone})`),
        h(C.Input, { size: 'sm', type: 'datetime-local', value: local[name], onChange: (event) => setLocal({ ...local, [name]: event.target.value }) }))),
      h(C.Button, { type: 'submit', size: 'sm', variant: 'outline' }, submit), children),
    problem && h(C.Text, { role: 'status', fontSize: 'xs', color: 'fg.warning', mt: 1 }, problem));
}

function problemOf(found) {
  const missing = found.find((each) => !each.instant && !(each.optional && each.empty));
  if (missing) return `${missing.label}: enter a day and a time.`;
  // The state of a later time would only be that of now, under a time at which nobody saw it.
  const future = found.find((each) => Date.parse(each.instant) > Date.now());
  if (future) return `${future.label}: the time is in the future, and nothing is known of it.`;
  const [first, second] = found.map((each) => each.instant && Date.parse(each.instant));
  return second && first >= second ? `${found[0].label}: enter a time before the other.` : null;
}

/** A sentence part: an instant in the zone of the user and, where it differs, in that of the business. */
export function useTime() {
  const { zone } = useMe();
  return (value) => {
    const mine = `${inZone(value, userZone())} ${userZone()}`;
    return zone === userZone() ? mine : `${mine} (${inZone(value, zone)} ${zone})`;
  };
}

/** Buttons of which one is pressed, such as the span of a chart. `options` are [value, label]. */
export const Choice = ({ label, options, value, onChoose }) =>
  h(C.HStack, { role: 'group', 'aria-label': label, gap: 1 }, options.map(([each, name]) => h(C.Button, {
    key: each, size: '2xs', variant: each === value ? 'solid' : 'outline', 'aria-pressed': each === value, onClick: () => onChoose(each),
  }, name)));

/** Rows that are all here, as a table page by page. */
export function PagedTable({ columns, rows, label, pageSize = 50 }) {
  const [offset, setOffset] = React.useState(0);
  React.useEffect(() => setOffset(0), [rows]);
  const shown = rows.slice(offset, offset + pageSize);
  const turn = (name, to, disabled) => h(C.Button, { size: '2xs', variant: 'outline', disabled, onClick: () => setOffset(to) }, name);
  return h(C.Box, null, h(Table, { columns, rows: shown, label }),
    rows.length > pageSize && h(C.HStack, { mt: 2, justify: 'end', gap: 2 },
      h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, `rows ${offset + 1} to ${offset + shown.length} of ${rows.length}`),
      turn('Previous', offset - pageSize, offset === 0), turn('Next', offset + pageSize, offset + pageSize >= rows.length)));
}
