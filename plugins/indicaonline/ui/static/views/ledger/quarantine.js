// What could not be used: why, and each item as received.
import { C, Instant, TablePanel, h } from '../../kit.js';
import { PullLink, quarantined } from './parts.js';

export default function Quarantine({ filter, reason, change }) {
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Reasons, { filter, onReason: (value) => change({ reason: value }) }),
    h(Rows, { filter, reason, onAll: () => change({ reason: null }) }));
}

function Reasons({ filter, onReason }) {
  const columns = [
    { key: 'reason', render: (row) => h(C.Button, { size: 'xs', variant: 'ghost', whiteSpace: 'normal', textAlign: 'start', height: 'auto', py: 1, px: 0, 'aria-label': `Only: ${row.reason}`, onClick: () => onReason(row.reason) }, row.reason) },
    { key: 'field', render: (row) => row.field ?? 'whole item' },
    { key: 'kind', label: 'kind of pull' },
    { key: 'quarantined', numeric: true },
    { key: 'pulls', numeric: true },
    { key: 'offices', numeric: true },
    { key: 'first_at', label: 'first', render: (row) => h(Instant, { value: row.first_at }) },
    { key: 'last_at', label: 'last', render: (row) => h(Instant, { value: row.last_at }) },
  ];
  return h(TablePanel, {
    title: filter.day ? `Reasons on ${filter.day}` : 'Reasons in the last 30 days', dataset: 'ledger_reasons', parameters: filter, columns, pageSize: 10,
    note: 'A quarantined product is neither changed nor absent in that pull; the other items of its page are used.', empty: 'Nothing was quarantined: every item could be used.',
  });
}

function Rows({ filter, reason, onAll }) {
  const columns = [
    { key: 'observed_at', label: 'received', render: (row) => h(Instant, { value: row.observed_at }) },
    { key: 'pull_id', label: 'pull', render: (row) => h(PullLink, { id: row.pull_id }) },
    ...quarantined,
  ];
  return h(TablePanel, {
    title: 'Quarantined items and fields', dataset: 'ledger_quarantine', parameters: { ...filter, reason }, columns, pageSize: 20,
    note: reason && `Only: ${reason}`, empty: 'Nothing is quarantined.',
    actions: reason && h(C.Button, { size: '2xs', variant: 'outline', onClick: onAll }, 'All reasons'),
  });
}
