// Packages: one by its tag, those of a batch, a vendor or a product; or what needs attention among all of them.
import { C, Finder, h, useAddress } from '../kit.js';
import { OfficeChoice } from '../fields.js';
import Batch from './packages/batch.js';
import Overview from './packages/overview.js';
import Package from './packages/package.js';
import Stock from './packages/stock.js';

const CLEARED = { package: null, batch: null, vendor: null, product: null, days: null, analyte: null };

export default function Packages() {
  const [{ package: id, batch, vendor, product, office }, change] = useAddress();
  const chosen = id || batch || vendor || product;
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(C.HStack, { gap: 3, align: 'end', wrap: 'wrap' },
      h(Finder, {
        label: 'Package, batch, vendor or product', dataset: 'find_packages', width: '340px',
        placeholder: 'Type a tag, a batch, a vendor or a product',
        show: (row) => `${row.name} · ${row.kind}${row.detail ? ` · ${row.detail}` : ''}`,
        onChoose: (row) => change({ ...CLEARED, [row.kind]: row.value }),
      }),
      !id && !batch && h(OfficeChoice, { value: office, onChange: (value) => change({ office: value }) }),
      chosen && h(C.Button, { size: 'sm', variant: 'ghost', onClick: () => change(CLEARED) }, 'All packages')),
    id ? h(Package, { key: id, id })
      : batch ? h(Batch, { key: batch, batch })
        : vendor || product ? h(Stock, { key: `${vendor} ${product}`, vendor, product, office })
          : h(Overview, { office }));
}
