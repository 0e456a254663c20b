// One pull: all that the ledger keeps of it, and what of it could not be used.
import { C, Go, Instant, Loaded, Notice, Panel, Router, Screen, TablePanel, h, home, useRows } from '../../kit.js';
import { Facts } from '../../fields.js';
import { PullLink, Run, Status, Subject, duration, quarantined } from './parts.js';

const MEANS = {
  complete: 'Every page arrived, and the pages agree.',
  incomplete: 'Rows received so far are stored; absence is not inferred.',
  held_back: 'Complete, but too many products would become absent: nothing is applied until a person decides.',
  dismissed: 'Held back, then rejected by a person: it is never applied.',
  superseded: 'Held back, until a later pull of the office was complete.',
  failed: 'No rows were received.',
};

export default function Pull({ id }) {
  const of = useRows('ledger_pull', { pull: id });
  const row = of.rows?.[0];
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(C.Box, null, h(C.Link, { asChild: true, fontSize: 'sm' }, h(Router.Link, { to: `${home()}/ledger` }, '← All pulls'))),
    h(Loaded, { of, empty: `The ledger has no pull ${id}.` }, row && h(Detail, { row })),
    row && h(Unusable, { row }));
}

function Detail({ row }) {
  const decided = row.decided_at || row.status === 'held_back';
  const facts = [
    ['Kind', row.kind],
    ['Of', h(C.HStack, { display: 'inline-flex', gap: 2 }, h(Subject, { row }), h(Screen, { href: row.office_url ?? row.package_url ?? row.product_url }))],
    ['Made by', h(Run, { row })],
    ['Task', row.task_id],
    ['Started, by the clock of the worker', h(Instant, { value: row.started_at })],
    ['First page, by the clock of the API', row.first_page_at && h(Instant, { value: row.first_page_at })],
    ['Last page, by the clock of the API', row.last_page_at && h(Instant, { value: row.last_page_at })],
    ['Committed, by the clock of the database', h(Instant, { value: row.landed_at })],
    ['From start to commit', duration(row.seconds)],
    ['Window since', row.since && h(Instant, { value: row.since })],
    ['Reads of all pages', row.reads],
    ['Responses received', row.requests],
    ['Usable items', row.items],
    ['Items quarantined', row.rejected],
    ['Fields and lab results quarantined', row.set_aside],
    ['Values not as documented, used', row.deviations],
    ['Changes of stock', row.changes],
    ['Changes of packages', row.package_changes],
    ['Decided', row.decided_at && h(Instant, { value: row.decided_at })],
    ['Decided by', row.decided_by],
    ['Superseded by', row.superseded_by !== null && h(PullLink, { id: row.superseded_by })],
  ].filter(([, value]) => value !== false);
  return h(Panel, { title: `Pull ${row.pull_id}`, dataset: 'ledger_pull', parameters: { pull: row.pull_id }, note: MEANS[row.status], actions: h(Status, { value: row.status }) },
    row.problem && h(Notice, { status: row.status === 'failed' ? 'error' : 'warning', mb: 4 }, row.problem),
    decided && h(C.Text, { fontSize: 'sm', mb: 3 }, h(Go, { to: 'held-back', with: { pull: row.pull_id } }, row.decided_at ? 'See what it would have changed, and the decision' : 'See what would vanish, and decide')),
    h(Facts, { of: facts, label: `Pull ${row.pull_id}` }));
}

function Unusable({ row }) {
  return h(TablePanel, {
    title: 'Quarantined items and fields of this pull', dataset: 'ledger_quarantine', parameters: { pull: row.pull_id }, columns: quarantined, pageSize: 20,
    empty: 'Everything that this pull received could be used.',
  });
}
