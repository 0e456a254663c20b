// Parts of the lists of the ledger.
import { C, Go, Router, Tag, h, inZone, words } from '../../kit.js';

const TONES = { complete: 'ok', incomplete: 'warning', failed: 'problem', held_back: 'problem', accepted: 'warning' };
export const Status = ({ value }) => h(Tag, { tone: TONES[value] }, words(value));

/** A number that calls for attention where it is not 0. */
export const Some = ({ value, tone = 'warning' }) => (Number(value) ? h(Tag, { tone }, value) : (value ?? '–'));

export const PullLink = ({ id }) => (id === null || id === undefined ? '–' : h(Go, { to: 'ledger', with: { pull: id } }, String(id)));

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const value = Number(seconds);
  return value < 100 ? `${value.toFixed(1)} s` : `${Math.round(value / 60)} min`;
}

/** What a pull requested: an office, a product, a package, a reference list, or what changed since an instant. */
export function Subject({ row }) {
  if (row.office_id !== null) return row.office_name ?? `Office ${row.office_id}`;
  if (row.package_id !== null) return h(Go, { to: 'packages', with: { package: row.package_id } }, `Package ${row.package_id}`);
  if (row.product_id !== null) return h(Go, { to: 'packages', with: { product: row.product_id } }, row.product_name ?? `Product ${row.product_id}`);
  if (row.since) return `all offices, since ${inZone(row.since, 'UTC').slice(5)} UTC`;
  return words(row.resource);
}

/** A link to the run of Airflow that made something. */
export function Run({ row }) {
  if (!row.run_id) return h(C.Text, { as: 'span', color: 'fg.muted' }, 'outside Airflow');
  const to = `/dags/${encodeURIComponent(row.dag_id)}/runs/${encodeURIComponent(row.run_id)}`;
  return h(C.Box, { as: 'span' },
    h(C.Link, { asChild: true, colorPalette: 'blue', variant: 'underline' }, h(Router.Link, { to, title: row.run_id }, row.dag_id)),
    row.try_number && h(C.Text, { as: 'span', color: 'fg.muted', whiteSpace: 'nowrap' }, ` try ${row.try_number}`));
}

/** A sentence in small letters, cut off after two lines. */
export const Small = ({ children }) => (children ? h(C.Text, { fontSize: 'xs', color: 'fg.muted', lineClamp: 2, title: children, minW: '160px' }, children) : null);

export function Body({ text }) {
  return h('details', null,
    h('summary', { style: { cursor: 'pointer' } }, h(C.Text, { as: 'span', fontSize: 'xs' }, 'As received')),
    h(C.Box, { as: 'pre', fontSize: 'xs', fontFamily: 'mono', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxH: '240px', maxW: '520px', overflowY: 'auto', bg: 'bg.muted', borderRadius: 'sm', p: 2, mt: 1, tabIndex: 0 }, text));
}

/** Columns of quarantined items and fields. */
export const quarantined = [
  { key: 'reason', render: (row) => h(C.Box, { minW: '180px' }, h(C.Text, { overflowWrap: 'anywhere' }, row.reason), !row.counted && h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, 'in a read that does not count')) },
  { key: 'field', render: (row) => row.field ?? h(C.Text, { as: 'span', color: 'fg.muted' }, 'whole item') },
  { key: 'office_name', label: 'office', render: (row) => row.office_name ?? (row.office_id === null ? '–' : `Office ${row.office_id}`) },
  { key: 'product_name', label: 'product', render: (row) => row.product_name ?? (row.product_id === null ? '–' : `Product ${row.product_id}`) },
  { key: 'package_id', label: 'package', render: (row) => (row.package_id === null ? '–' : h(Go, { to: 'packages', with: { package: row.package_id } }, String(row.package_id))) },
  { key: 'body', label: 'item', render: (row) => h(Body, { text: row.body }) },
];
