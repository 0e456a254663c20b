// Parts of the views of packages.
import { C, Go, Loaded, Panel, Router, TablePanel, Tag, h, inZone, quantity, useAddress, useMe, useRows, words } from '../../kit.js';
import { Chart } from '../../chart.js';
import { Choice } from '../../fields.js';

/** A link to a package, by its tag where it has one. */
export const PackageLink = ({ id, uid }) => h(Go, { to: 'packages', with: { package: id } }, uid ?? `Package ${id}`);
export const ProductLink = ({ id, name }) => h(Go, { to: 'packages', with: { product: id } }, name ?? `Product ${id}`);

/** A package with its product below it. */
export const PackageCell = ({ row }) => h(C.Box, null,
  h(PackageLink, { id: row.package_id, uid: row.uid }),
  h(C.Text, { fontSize: 'xs' }, h(ProductLink, { id: row.product_id, name: row.product_name })));
export const VendorLink = ({ name }) => (name ? h(Go, { to: 'packages', with: { vendor: name } }, name) : '–');
export const BatchLink = ({ id }) => (id ? h(Go, { to: 'packages', with: { batch: id } }, id) : '–');

export const amount = (value, unit) => (value === null || value === undefined ? '–' : `${quantity(value)}${unit ? ` ${words(unit)}` : ''}`);

/** A best-by date with the days that are left, coloured where they are few. */
export function BestBy({ day, left }) {
  if (!day) return '–';
  if (left === null || left === undefined || left > 90) return day;
  const said = left < 0 ? 'expired' : left === 0 ? 'today' : `${left} d left`;
  return h(C.HStack, { gap: 2, display: 'inline-flex' }, h('span', null, day), h(Tag, { tone: left < 0 ? 'problem' : left <= 30 ? 'warning' : 'unknown' }, said));
}

/** The date some days before today, in the business time zone. */
function useDayBefore(days) {
  const { now, zone } = useMe();
  const today = Date.parse(inZone(now ?? Date.now(), zone).slice(0, 10));
  return new Date(today - days * 86400000).toISOString().slice(0, 10);
}

/** Days from today, in the business time zone, to a date. */
export function useDaysTo(day) {
  const today = useDayBefore(0);
  return day ? Math.round((Date.parse(day) - Date.parse(today)) / 86400000) : null;
}

/** A panel with a chart of the rows of its dataset. */
export function ChartPanel({ title, note, name, parameters, empty, limit = 2000, onSelect, children, ...rest }) {
  const of = useRows(name, parameters && { ...parameters, limit });
  return h(Panel, { title, note, dataset: name, parameters, ...rest },
    h(Loaded, { of, empty }, of.rows?.length > 0 && h(Chart, { name, rows: of.rows, label: title, onSelect })),
    of.more && h(C.Text, { fontSize: 'xs', color: 'fg.muted', mt: 1 }, `The first ${limit} rows are drawn.`),
    children);
}

const SPANS = [['1', 'Since yesterday'], ['6', 'Last 7 days'], ['29', 'Last 30 days']];

/** Breaches of FIFO of a span of days, which the address keeps. */
export function Breaches({ office, product, vendor, days: usual }) {
  const [{ days = usual }, change] = useAddress();
  const first_day = useDayBefore(Number(days) || 1);
  const columns = [
    { key: 'business_date', label: 'day', render: (row) => h('span', { style: { whiteSpace: 'nowrap' } }, row.business_date) },
    { key: 'office_name', label: 'office' },
    !product && { key: 'product_name', label: 'product', render: (row) => h(ProductLink, { id: row.product_id, name: row.product_name }) },
    { key: 'older', label: 'older package, not used', render: (row) => h(CheckedIn, { id: row.older_package_id, uid: row.older_uid, day: row.older_check_in_date }) },
    { key: 'older_quantity', label: 'left of it', numeric: true, render: (row) => quantity(row.older_quantity) },
    { key: 'newer', label: 'newer package, depleted', render: (row) => h(CheckedIn, { id: row.newer_package_id, uid: row.newer_uid, day: row.newer_check_in_date }) },
    { key: 'newer_depletion', label: 'by', numeric: true, render: (row) => quantity(row.newer_depletion) },
    { key: 'measurement', label: 'unit', render: (row) => words(row.measurement) },
  ].filter(Boolean);
  return h(TablePanel, {
    title: 'Breaches of FIFO', dataset: 'fifo_breaches', parameters: { office, product, vendor, first_day }, columns, pageSize: 20,
    note: 'A newer package, by date of check-in, was depleted while an older one was in the same office. Inferred transfers are excluded; waste and corrections are included.',
    empty: 'No breach was observed in these days.',
  }, h(C.Box, { mb: 2 }, h(Choice, { label: 'Days of observation', value: days, options: SPANS, onChange: (value) => change({ days: value }) })));
}

const CheckedIn = ({ id, uid, day }) => h(C.Box, null, h(PackageLink, { id, uid }), h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, `checked in ${day}`));

/** Drift of potency, for one vendor or all. */
export function Drift({ vendor, product }) {
  const navigate = Router.useNavigate();
  const first_day = useDayBefore(90);
  const columns = [
    !vendor && { key: 'vendor', render: (row) => h(VendorLink, { name: row.vendor }) },
    { key: 'analyte_name', label: 'analyte' },
    { key: 'relative_change', label: 'change', numeric: true, render: (row) => h(Change, { value: row.relative_change }) },
    { key: 'earlier_median', label: 'earlier months', numeric: true, render: (row) => quantity(row.earlier_median) },
    { key: 'latest_median', label: 'latest month', numeric: true, render: (row) => quantity(row.latest_median) },
    { key: 'unit', render: (row) => words(row.unit) },
    { key: 'latest_month', label: 'month', render: (row) => row.latest_month?.slice(0, 7) },
    { key: 'packages', numeric: true },
    { key: 'products', numeric: true },
    { key: 'see', label: '', render: (row) => h(C.Button, { size: '2xs', variant: 'ghost', 'aria-label': `Potency of ${row.analyte_name} of ${row.vendor}`, onClick: () => navigate(`?${new URLSearchParams({ ...(product ? { product } : { vendor: row.vendor }), analyte: row.analyte_name })}`) }, 'Months') },
  ].filter(Boolean);
  return h(TablePanel, {
    title: 'Drift of potency', dataset: 'potency_drift', parameters: { vendor, product, first_day }, columns, pageSize: 10,
    note: 'The median of the latest month of tests against the mean of the three months before. Each product is compared with itself, and each package counts with its current result.',
    empty: 'No vendor has tests of five packages in a month and an earlier month to compare with.',
  });
}

function Change({ value }) {
  const share = Number(value) * 100;
  const text = `${share > 0 ? '+' : ''}${quantity(share.toFixed(1))} %`;
  return Math.abs(share) >= 10 ? h(Tag, { tone: 'warning' }, text) : text;
}
