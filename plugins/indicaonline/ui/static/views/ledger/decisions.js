// Decisions about pulls that the circuit breaker held back.
import { Go, Instant, TablePanel, h } from '../../kit.js';
import { PullLink, Small, Status } from './parts.js';

export default function Decisions({ filter }) {
  const columns = [
    { key: 'decided_at', label: 'decided', render: (row) => h(Instant, { value: row.decided_at }) },
    { key: 'status', label: 'decision', render: (row) => h(Status, { value: row.status }) },
    { key: 'by', render: (row) => (row.superseded_by === null ? row.decided_by : ['pull ', h(PullLink, { key: 'pull', id: row.superseded_by })]) },
    { key: 'decision_note', label: 'note', render: (row) => h(Small, null, row.decision_note) },
    { key: 'pull_id', label: 'pull', render: (row) => h(PullLink, { id: row.pull_id }) },
    { key: 'office_name', label: 'office' },
    { key: 'started_at', label: 'of', render: (row) => h(Instant, { value: row.started_at }) },
    { key: 'would_vanish', label: 'would vanish', numeric: true, render: (row) => h(Go, { to: 'held-back', with: { pull: row.pull_id } }, `${row.would_vanish} of ${row.products_with_stock}`) },
    { key: 'problem', render: (row) => h(Small, null, row.problem) },
  ];
  return h(TablePanel, {
    title: 'Decisions', dataset: 'ledger_decisions', parameters: filter, columns, pageSize: 25,
    note: 'Accepted: applied with the times of the pull. Dismissed: never applied. Superseded: a later pull of the office was complete first.',
    empty: 'No held-back pull was decided.',
  });
}
