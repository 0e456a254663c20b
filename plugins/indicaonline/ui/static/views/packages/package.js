// One package: what it is, its life, its lab results, its versions.
import { C, Go, Instant, Loaded, Notice, Panel, Screen, TablePanel, Tag, count, h, quantity, useRows, words } from '../../kit.js';
import { Facts } from '../../fields.js';
import { BatchLink, BestBy, ChartPanel, ProductLink, VendorLink, amount, useDaysTo } from './parts.js';

export default function Package({ id }) {
  const header = useRows('package_header', { package: id });
  const row = header.rows?.[0];
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Loaded, { of: header, empty: `No office ever listed package ${id}: type a tag or an id in the field above.` }, row && h(Header, { row })),
    row && h(C.Box, { display: 'grid', gridTemplateColumns: { base: '1fr', lg: '1fr 1fr' }, gap: 4, alignItems: 'start' },
      h(Life, { id, unit: row.measurement }),
      h(ChartPanel, { title: 'Where it lay, and how much was left', name: 'package_life', parameters: { package: id }, empty: 'Its detail has not been fetched yet: package_history fetches it.' })),
    row && h(ChartPanel, { title: 'Lab results over time', name: 'lab_results', parameters: { package: id }, empty: 'It has no lab results.' }),
    row && h(Lab, { id }),
    row && h(Versions, { id }));
}

function Header({ row }) {
  const { uid, package_id: id } = row;
  const left = useDaysTo(row.best_by);
  const facts = [
    ['Product', h(C.HStack, { display: 'inline-flex', gap: 2 }, h(ProductLink, { id: row.product_id, name: row.product_name }), h(Screen, { href: row.product_url }))],
    ['Vendor', row.vendor && h(VendorLink, { name: row.vendor })],
    ['Batch', row.batch_id && h(BatchLink, { id: row.batch_id })],
    ['Package id', String(id)],
    ['Left', row.is_known ? amount(row.remaining_quantity, row.remaining_unit) : null],
    ['Checked in', row.checked_in_quantity === null ? null : amount(row.checked_in_quantity, row.checked_in_unit)],
    ['Offices', row.office_names],
    ['Best by', row.best_by && h(BestBy, { day: row.best_by, left: row.depleted_at ? null : left })],
    ['Harvest or production', row.harvest_production_date],
    ['Packaged', row.packaged_date],
    ['Tested', row.tested_date],
    ['Date of check-in', row.check_in_date && `${row.check_in_date}${row.checked_in_to_name ? `, ${row.checked_in_to_name}` : ''}`],
    ['Made from', row.source_uid && h(Source, { uid: row.source_uid })],
    ['Days held', row.days_held === null ? null : count(row.days_held, 'day')],
    ['Last seen', row.last_seen_at && h(Instant, { value: row.last_seen_at })],
  ];
  const name = uid ?? `Package ${id}`;
  return h(Panel, { title: name, dataset: 'package_header', parameters: { package: id }, actions: h(C.HStack, null, h(State, { row, left }), h(Screen, { href: row.package_url })) },
    row.first_seen_at === null && h(Notice, { status: 'info', mb: 3 }, 'Offices list this package; its detail has not been fetched yet. The DAG package_history fetches it.'),
    h(Facts, { of: facts, label: `Package ${name}` }));
}

function State({ row, left }) {
  if (row.first_seen_at === null) return h(Tag, null, 'no detail yet');
  if (!row.is_known) return h(Tag, { tone: 'warning' }, 'unknown to the API');
  if (row.depleted_at) return h(Tag, null, 'depleted');
  return left !== null && left < 0 ? h(Tag, { tone: 'problem' }, 'expired') : h(Tag, { tone: 'ok' }, 'in stock');
}

// The package that it was made from may be known, too; a tag is found in the same way as by typing it.
function Source({ uid }) {
  const { rows = [] } = useRows('find_packages', { search: uid, limit: 5 });
  const found = rows.find((row) => row.kind === 'package' && row.name === uid);
  return found ? h(Go, { to: 'packages', with: { package: found.value } }, uid) : uid;
}

// ---- life

const STEPS = {
  checked_in: (e) => [`Checked in to ${e.office_name ?? 'an unknown office'}`, e.quantity_after && amount(e.quantity_after, e.note)],
  first_seen: () => ['First seen'],
  listed: (e, unit) => [`Listed in ${e.office_name}`, amount(e.quantity_after, unit)],
  decreased: (e, unit) => [`Decreased in ${e.office_name}`, `${quantity(e.quantity_before)} → ${amount(e.quantity_after, unit)}${e.changes > 1 ? `, in ${count(e.changes, 'change')}` : ''}`],
  increased: (e, unit) => [`Increased in ${e.office_name}`, `${quantity(e.quantity_before)} → ${amount(e.quantity_after, unit)}${e.changes > 1 ? `, in ${count(e.changes, 'change')}` : ''}`],
  moved: (e, unit) => [`Moved from ${e.office_name} to ${e.to_office_name}`, `inferred: at least ${amount(e.quantity_after, unit)}`],
  lab_results: (e) => [`Lab results of ${count(e.changes, 'analyte')}`, e.note],
  retested: (e) => [`Retested: ${count(e.changes, 'analyte')}`, e.note],
  corrected: (e) => [`Lab results corrected: ${count(e.changes, 'analyte')}`, e.note],
  disappeared: (e) => [`Lab results disappeared: ${count(e.changes, 'analyte')}`, e.note],
  returned: (e) => [`Lab results returned: ${count(e.changes, 'analyte')}`, e.note],
  relabelled: (e) => ['Attributes changed', e.note],
  depleted: () => ['Depleted', 'nothing is left in any office'],
  gone: () => ['Unknown to the API since then'],
  best_by: () => ['Best by'],
};
const DOTS = { moved: 'blue.solid', retested: 'orange.solid', corrected: 'orange.solid', disappeared: 'orange.solid', gone: 'red.solid', depleted: 'red.solid', best_by: 'orange.solid', checked_in: 'green.solid', first_seen: 'green.solid', listed: 'green.solid' };

function Life({ id, unit }) {
  const parameters = { package: id };
  const of = useRows('package_events', { ...parameters, limit: 500 });
  return h(Panel, { title: 'Life', dataset: 'package_events', parameters, note: 'In the order of time, as observed.' },
    h(Loaded, { of, empty: 'Nothing of its life is known.' },
      h(C.Box, { as: 'ol', listStyleType: 'none', 'aria-label': 'Life of the package', maxH: { base: 'none', lg: '620px' }, overflowY: 'auto', tabIndex: 0 },
        (of.rows ?? []).map((event, i) => h(Step, { key: i, event, unit, last: i === of.rows.length - 1 })))));
}

function Step({ event, unit, last }) {
  const [what, detail] = (STEPS[event.event] ?? (() => [words(event.event)]))(event, unit);
  return h(C.Box, { as: 'li', display: 'grid', gridTemplateColumns: '14px 1fr', gap: 3 },
    h(C.Box, { position: 'relative', 'aria-hidden': true },
      !last && h(C.Box, { position: 'absolute', left: '6px', top: '12px', bottom: '-6px', width: '1px', bg: 'border.emphasized' }),
      h(C.Box, { position: 'absolute', left: '2px', top: '6px', boxSize: '9px', borderRadius: 'full', bg: DOTS[event.event] ?? 'gray.solid' })),
    h(C.Box, { pb: 3, minW: 0 },
      h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, h(When, { event })),
      h(C.Text, { fontSize: 'sm', fontWeight: 'medium' }, what),
      detail && h(C.Text, { fontSize: 'xs', color: 'fg.muted', overflowWrap: 'anywhere', lineClamp: 2, title: detail }, detail)));
}

function When({ event }) {
  if (!event.at) return event.day;
  return h(C.Box, { as: 'span' }, h(Instant, { value: event.at }), event.until && ' to ', event.until && h(Instant, { value: event.until }));
}

// ---- lab results and versions

const LAB_TONES = { retested: 'warning', corrected: 'warning', disappeared: 'problem' };

function Lab({ id }) {
  const columns = [
    { key: 'analyte_name', label: 'analyte' },
    { key: 'potency', numeric: true, render: (row) => h(C.Text, { as: 'span', color: row.is_current ? undefined : 'fg.muted' }, row.potency === null ? 'not tested' : quantity(row.potency)) },
    { key: 'previous_potency', label: 'before', numeric: true, render: (row) => (row.previous_potency === null ? '' : quantity(row.previous_potency)) },
    { key: 'unit' },
    { key: 'event', label: 'result', render: (row) => h(Tag, { tone: LAB_TONES[row.event] }, words(row.event)) },
    { key: 'tested_date', label: 'tested' },
    { key: 'valid_from', label: 'known from', render: (row) => h(Instant, { value: row.valid_from }) },
    { key: 'valid_to', label: 'to', render: (row) => (row.valid_to ? h(Instant, { value: row.valid_to }) : h(Tag, { tone: 'ok' }, 'current')) },
  ];
  return h(TablePanel, {
    title: 'Lab results', dataset: 'package_lab', parameters: { package: id }, columns, pageSize: 20, empty: 'It has no lab results.',
    note: 'Retested: another date of the test. Corrected: another potency for the same test. Not tested is not zero.',
  });
}

function Versions({ id }) {
  const columns = [
    { key: 'valid_from', label: 'from', render: (row) => h(Instant, { value: row.valid_from }) },
    { key: 'valid_to', label: 'to', render: (row) => (row.valid_to ? h(Instant, { value: row.valid_to }) : h(Tag, { tone: 'ok' }, 'current')) },
    { key: 'changed', render: (row) => (row.changed ? words(row.changed) : 'first version') },
    { key: 'available_quantity', label: 'left', numeric: true, render: (row) => amount(row.available_quantity, row.available_unit) },
    { key: 'available_in_office', label: 'office ids' },
    { key: 'product_name', label: 'product' },
    { key: 'vendor' },
    { key: 'batch_id', label: 'batch' },
    { key: 'best_by', label: 'best by' },
  ];
  return h(TablePanel, {
    title: 'Versions', dataset: 'package_versions', parameters: { package: id }, columns, pageSize: 10, empty: 'Its detail has not been fetched yet.',
    note: 'A version starts when it was first observed, not when it became true.',
  });
}
