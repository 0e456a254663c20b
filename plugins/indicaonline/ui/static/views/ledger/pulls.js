// Pulls, the latest first.
import { C, Instant, TablePanel, firstRuns, h } from '../../kit.js';
import { PullLink, Run, Small, Some, Status, Subject, duration } from './parts.js';

export default function Pulls({ filter }) {
  const columns = [
    { key: 'pull_id', label: 'pull', render: (row) => h(PullLink, { id: row.pull_id }) },
    { key: 'kind' },
    { key: 'subject', label: 'of', render: (row) => h(C.Box, null, h(Subject, { row }), h(Small, null, row.problem)) },
    { key: 'status', render: (row) => h(Status, { value: row.status }) },
    { key: 'started_at', label: 'started', render: (row) => h(Instant, { value: row.started_at }) },
    { key: 'seconds', label: 'took', numeric: true, render: (row) => duration(row.seconds) },
    { key: 'requests', numeric: true },
    { key: 'items', numeric: true },
    { key: 'rejected', label: 'quarantined', numeric: true, render: (row) => h(Some, { value: Number(row.rejected) + Number(row.set_aside) }) },
    { key: 'changes', numeric: true },
    { key: 'run', label: 'run', render: (row) => h(Run, { row }) },
  ];
  return h(TablePanel, {
    title: 'Pulls', dataset: 'ledger_pulls', parameters: filter, columns, pageSize: 25,
    note: 'A pull is one logical read of the API. Only pulls of kind office belong to one office.',
    empty: `No pull is like this: clear a filter. In a new warehouse, ${firstRuns()}.`,
  });
}
