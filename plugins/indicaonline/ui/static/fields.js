// Fields that filter what a view shows, each with its label above it.
import { C, h, useRows } from './kit.js';

/** A choice of a few values. An option is [value, label]; the value of the first one is '', which means: all of them. */
export function Choice({ label, value, options, onChange, width = '150px' }) {
  return h(C.Field.Root, { width },
    h(C.Field.Label, { fontSize: 'xs' }, label),
    h(C.NativeSelect.Root, { size: 'sm' },
      h(C.NativeSelect.Field, { value: value ?? '', onChange: (event) => onChange(event.target.value) },
        options.map(([option, text]) => h('option', { key: option, value: option }, text))),
      h(C.NativeSelect.Indicator)));
}

/** A choice of an office, or of all. */
export function OfficeChoice({ value, onChange }) {
  const { rows = [] } = useRows('find_offices', { limit: 1000 });
  const options = rows.map((row) => [String(row.id), row.name]);
  return h(Choice, { label: 'Office', value, options: [['', 'All offices'], ...options], onChange, width: '180px' });
}

/** A day, or none. */
export function DayField({ label, value, onChange, help }) {
  return h(C.Field.Root, { width: '150px', title: help },
    h(C.Field.Label, { fontSize: 'xs' }, label),
    h(C.Input, { type: 'date', size: 'sm', value: value ?? '', onChange: (event) => onChange(event.target.value) }));
}

/** Facts of one thing as pairs of [name, value]; those without a value are left out. */
export function Facts({ of, label, columns = { base: '1fr 1fr', md: 'repeat(4, 1fr)' } }) {
  const known = of.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return h(C.Box, { as: 'dl', 'aria-label': label, display: 'grid', gridTemplateColumns: columns, gap: 3 },
    known.map(([name, value]) => h(C.Box, { key: name, minW: 0 },
      h(C.Text, { as: 'dt', fontSize: 'xs', color: 'fg.muted' }, name),
      h(C.Text, { as: 'dd', fontSize: 'sm', overflowWrap: 'anywhere' }, value))));
}
