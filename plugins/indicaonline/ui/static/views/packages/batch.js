// The packages of a batch, their lives and their lab results.
import { C, Instant, Screen, TablePanel, Tag, h, useAddress } from '../../kit.js';
import { ChartPanel, PackageLink, ProductLink, VendorLink, amount } from './parts.js';

export default function Batch({ batch }) {
  const [, change] = useAddress();
  const open = (datum) => datum?.package_id && change({ batch: null, package: datum.package_id });
  const columns = [
    { key: 'package', render: (row) => h(PackageLink, { id: row.package_id, uid: row.uid }) },
    { key: 'product_name', label: 'product', render: (row) => h(ProductLink, { id: row.product_id, name: row.product_name }) },
    { key: 'vendor', render: (row) => h(VendorLink, { name: row.vendor }) },
    { key: 'check_in_date', label: 'checked in' },
    { key: 'best_by', label: 'best by' },
    { key: 'tested_date', label: 'tested' },
    { key: 'remaining_quantity', label: 'left', numeric: true, render: (row) => amount(row.remaining_quantity, row.remaining_unit) },
    { key: 'depleted_at', label: 'state', render: (row) => (row.depleted_at ? h('span', null, 'depleted ', h(Instant, { value: row.depleted_at })) : h(Tag, { tone: 'ok' }, 'in stock')) },
    { key: 'screen', label: '', render: (row) => h(Screen, { href: row.package_url }) },
  ];
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(C.HStack, { gap: 3, align: 'baseline' }, h(C.Heading, { size: 'md', as: 'h2' }, batch), h(C.Text, { fontSize: 'sm', color: 'fg.muted' }, 'batch')),
    h(TablePanel, { title: 'Packages of the batch', dataset: 'batch_packages', parameters: { batch }, columns, empty: 'No package has this batch: type another in the field above.' }),
    h(ChartPanel, { title: 'Lives of its packages', name: 'package_life', parameters: { batch }, onSelect: open, empty: 'No package has this batch.' }),
    h(ChartPanel, { title: 'Lab results', name: 'lab_results', parameters: { batch }, onSelect: open, empty: 'Its packages have no lab results.' }));
}
