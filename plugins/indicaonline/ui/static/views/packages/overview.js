// All packages: what expires first, where the order of use was broken, whose potency drifts.
import { C, TablePanel, h, quantity, words } from '../../kit.js';
import { BestBy, Breaches, Drift, PackageCell } from './parts.js';

export default function Overview({ office }) {
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Expiring, { office }),
    h(Breaches, { office, days: '1' }),
    h(Drift));
}

function Expiring({ office }) {
  const columns = [
    { key: 'best_by', label: 'best by', render: (row) => h(BestBy, { day: row.best_by, left: row.days_left }) },
    { key: 'package', label: 'package and product', render: (row) => h(PackageCell, { row }) },
    { key: 'office_name', label: 'office' },
    { key: 'quantity', label: 'in stock', numeric: true, render: (row) => quantity(row.quantity) },
    { key: 'at_risk_quantity', label: 'at risk', numeric: true, render: (row) => h(AtRisk, { value: row.at_risk_quantity }) },
    { key: 'depletion_per_day', label: 'depletion per day', numeric: true, render: (row) => quantity(row.depletion_per_day) },
    { key: 'measurement', label: 'unit', render: (row) => words(row.measurement) },
  ];
  return h(TablePanel, {
    title: 'Expires first', dataset: 'expiring', parameters: { office }, columns, pageSize: 15,
    note: 'At risk: the part that will be left on the best-by date if the product is depleted as it was in the last weeks.',
    empty: 'No package in stock expires soon.',
  });
}

const AtRisk = ({ value }) => (Number(value) > 0 ? h(C.Text, { as: 'span', color: 'orange.fg', fontWeight: 'medium' }, quantity(value)) : quantity(value));
