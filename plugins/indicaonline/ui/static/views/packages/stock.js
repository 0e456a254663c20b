// The packages of a vendor or of a product: which to sell first, breaches of that order, potency by month.
import { C, Screen, TablePanel, h, quantity, useAddress, useMe, useRows } from '../../kit.js';
import { BatchLink, BestBy, Breaches, ChartPanel, Drift, PackageCell, PackageLink, ProductLink, VendorLink, amount } from './parts.js';

export default function Stock({ vendor, product, office }) {
  const [{ analyte }, change] = useAddress();
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Name, { vendor, product }),
    h(SellFirst, { vendor, product, office }),
    h(Breaches, { vendor, product, office, days: product ? '29' : '1' }),
    h(ChartPanel, {
      title: 'Potency by vendor and month', name: 'potency_by_vendor', parameters: { vendor, product, analyte },
      note: analyte ? `${analyte}, in the product with most tested packages.` : 'The product and the analyte with most tested packages; choose another analyte in the table below.',
      empty: 'No package of it has a lab result with a date of the test.',
    }),
    h(Drift, { vendor, product }),
    h(Months, { vendor, product, analyte, onAnalyte: (name) => change({ analyte: name }) }));
}

function Name({ vendor, product }) {
  const { rows = [] } = useRows('find_products', product ? { search: product, limit: 5 } : null);
  const row = rows.find((each) => String(each.id) === product);
  return h(C.HStack, { gap: 3, wrap: 'wrap', align: 'baseline' },
    h(C.Heading, { size: 'md', as: 'h2' }, vendor ?? row?.name ?? `Product ${product}`),
    h(C.Text, { fontSize: 'sm', color: 'fg.muted' }, vendor ? 'vendor' : ['product', row?.brand, row?.category].filter(Boolean).join(' · ')),
    h(Screen, { href: row?.product_url }));
}

function SellFirst({ vendor, product, office }) {
  const { zone } = useMe();
  const columns = [
    { key: 'best_by', label: 'best by', render: (row) => h(BestBy, { day: row.best_by, left: row.days_left }) },
    product ? { key: 'package', render: (row) => h(PackageLink, { id: row.package_id, uid: row.uid }) }
      : { key: 'package', label: 'package and product', render: (row) => h(PackageCell, { row }) },
    { key: 'office_name', label: 'office' },
    { key: 'quantity', label: 'in stock', numeric: true, render: (row) => amount(row.quantity, row.measurement) },
    !vendor && { key: 'vendor', render: (row) => h(VendorLink, { name: row.vendor }) },
    { key: 'batch_id', label: 'batch', render: (row) => h(BatchLink, { id: row.batch_id }) },
    { key: 'check_in_date', label: 'checked in' },
    product && { key: 'packaged_date', label: 'packaged' },
  ].filter(Boolean);
  return h(TablePanel, {
    title: 'Sell first', dataset: 'sell_first', parameters: { vendor, product, office, zone }, columns, pageSize: 20,
    note: 'Packages in stock: the earliest best-by date first, then the earliest check-in. What has no date comes last.',
    empty: 'Nothing of it is in stock. An account without package control has no packages.',
  });
}

function Months({ vendor, product, analyte, onAnalyte }) {
  const columns = [
    { key: 'month', render: (row) => row.month?.slice(0, 7) ?? 'no date of the test' },
    !vendor && { key: 'vendor', render: (row) => h(VendorLink, { name: row.vendor }) },
    !product && { key: 'product_name', label: 'product', render: (row) => h(ProductLink, { id: row.product_id, name: row.product_name }) },
    { key: 'analyte_name', label: 'analyte', render: (row) => h(C.Button, { size: '2xs', variant: 'ghost', 'aria-label': `Only ${row.analyte_name}`, onClick: () => onAnalyte(row.analyte_name) }, row.analyte_name) },
    { key: 'median', numeric: true, render: (row) => quantity(row.median) },
    { key: 'p10', label: '10th percentile', numeric: true, render: (row) => quantity(row.p10) },
    { key: 'p90', label: '90th percentile', numeric: true, render: (row) => quantity(row.p90) },
    { key: 'unit' },
    { key: 'packages', numeric: true },
  ].filter(Boolean);
  const all = analyte && h(C.Button, { size: '2xs', variant: 'outline', onClick: () => onAnalyte(null) }, 'All analytes');
  return h(TablePanel, {
    title: analyte ? `Potency by month: ${analyte}` : 'Potency by month', dataset: 'potency_months', parameters: { vendor, product, analyte }, columns, pageSize: 20, actions: all,
    note: 'A correction replaces the value that it corrects; a retest counts in its own month. Percentiles of few packages are unreliable.',
    empty: 'No package of it has a lab result.',
  });
}
