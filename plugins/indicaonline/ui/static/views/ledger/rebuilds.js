// Rebuilds of the derived tables from raw responses.
import { Instant, TablePanel, h } from '../../kit.js';
import { Run, duration } from './parts.js';

export default function Rebuilds() {
  const columns = [
    { key: 'started_at', label: 'started', render: (row) => h(Instant, { value: row.started_at }) },
    { key: 'seconds', label: 'took', numeric: true, render: (row) => duration(row.seconds) },
    { key: 'from_day', label: 'from business day' },
    { key: 'start_at', label: 'from instant', render: (row) => h(Instant, { value: row.start_at }) },
    { key: 'pulls', label: 'pulls applied again', numeric: true },
    { key: 'days', label: 'office-days published again', numeric: true },
    { key: 'requested_by', label: 'requested by' },
    { key: 'run', render: (row) => h(Run, { row }) },
  ];
  return h(TablePanel, {
    title: 'Rebuilds', dataset: 'ledger_rebuilds', parameters: {}, columns, pageSize: 25,
    note: 'A rebuild derives all tables again from the raw responses, from a business day on.',
    empty: 'The warehouse was never rebuilt. warehouse_maintenance rebuilds it on request.',
  });
}
