// Now: what a morning begins with. Freshness of each office, what waits for a person, the last day, and the set-up.
import { Action, C, Go, Instant, Loaded, Notice, Panel, Router, Table, Tag, Tile, dagId, firstRuns, h, home, span, useAsync, useMe, useRows, words } from '../kit.js';
import { airflow, read } from '../server.js';

export default function Now() {
  const totals = useRows('totals');
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Loaded, { of: totals, empty: `The warehouse is empty: ${firstRuns()}.` },
      totals.rows?.[0] && h(Totals, { totals: totals.rows[0] })),
    h(C.Box, { display: 'grid', gridTemplateColumns: { base: '1fr', lg: '3fr 2fr' }, gap: 4, alignItems: 'start' },
      h(C.VStack, { align: 'stretch', gap: 4 }, h(Offices), h(LastDay)),
      h(SetUp)));
}

function Totals({ totals }) {
  const { sla } = useMe();
  const late = sla.update_hours > 0 && (totals.update_lag_seconds ?? Infinity) > sla.update_hours * 3600;
  return h(C.HStack, { gap: 3, wrap: 'wrap', align: 'stretch' },
    h(Tile, { label: 'Offices', value: totals.offices }),
    h(Tile, { label: 'Last pull of changes', value: totals.update_lag_seconds === null ? 'never' : `${span(totals.update_lag_seconds)} ago`, tone: late ? 'problem' : 'ok' }),
    h(Tile, { label: 'Held back', value: totals.held_back, tone: totals.held_back ? 'problem' : 'ok', to: `${home()}/held-back`, note: totals.held_back ? 'a person has to decide' : 'nothing to decide' }),
    h(Tile, { label: 'Incomplete pulls, last day', value: totals.incomplete, tone: totals.incomplete ? 'warning' : undefined, to: `${home()}/ledger?status=incomplete` }),
    h(Tile, { label: 'Quarantined, last day', value: totals.quarantined, tone: totals.quarantined ? 'warning' : undefined, to: `${home()}/ledger?show=quarantine` }),
    h(Tile, { label: 'Packages due for refresh', value: totals.packages_due, note: totals.packages_due ? `the oldest for ${span(totals.oldest_due_seconds)}` : 'all are refreshed' }));
}

function Offices() {
  const { sla } = useMe();
  const offices = useRows('offices', { limit: 500 });
  const limit = sla.snapshot_hours * 3600;
  const state = (row) => {
    if (!row.last_snapshot_at) return ['problem', 'never pulled'];
    if (limit > 0 && row.snapshot_age_seconds > limit) return ['problem', 'SLA breached'];
    return ['ok', 'fresh'];
  };
  const columns = [
    { key: 'office_name', label: 'office', render: (row) => h(Go, { to: 'coverage', with: { office: row.office_id } }, row.office_name ?? `Office ${row.office_id}`) },
    { key: 'state', render: (row) => h(Tag, { tone: state(row)[0] }, state(row)[1]) },
    { key: 'lag', label: 'last seen', render: (row) => (row.lag_seconds === null ? 'never' : `${span(row.lag_seconds)} ago`) },
    { key: 'last_snapshot_at', label: 'last complete pull', render: (row) => h(Instant, { value: row.last_snapshot_at }) },
    { key: 'held_back', label: '', render: (row) => (row.held_back ? h(Tag, { tone: 'problem' }, `${row.held_back} held back`) : null) },
  ];
  const note = limit > 0 ? `Freshness SLA: a complete pull of each office within ${sla.snapshot_hours} hours.` : 'There is no freshness SLA.';
  return h(Panel, { title: 'Offices', note, dataset: 'offices', parameters: {} },
    h(Loaded, { of: offices, empty: `No office is known yet: trigger ${dagId('reference_data_daily')}.` },
      h(Table, { columns, rows: offices.rows ?? [], label: 'Offices and their freshness' })));
}

function LastDay() {
  const pulls = useRows('last_day');
  const columns = [
    { key: 'kind' },
    { key: 'pulls', numeric: true },
    { key: 'complete', numeric: true },
    { key: 'incomplete', numeric: true, render: (row) => (row.incomplete ? h(Tag, { tone: 'warning' }, row.incomplete) : 0) },
    { key: 'failed', numeric: true, render: (row) => (row.failed ? h(Tag, { tone: 'problem' }, row.failed) : 0) },
    { key: 'requests', numeric: true },
    { key: 'changes', numeric: true },
    { key: 'last_problem', label: 'last problem', render: (row) => h(C.Text, { fontSize: 'xs', color: 'fg.muted', lineClamp: 2, title: row.last_problem }, row.last_problem ?? '') },
  ];
  return h(Panel, { title: 'Requests of the last 24 hours', dataset: 'last_day', parameters: {} },
    h(Loaded, { of: pulls, empty: 'No pull in the last 24 hours: are the DAGs paused?' },
      h(Table, { columns, rows: pulls.rows ?? [], label: 'Pulls of the last 24 hours' })));
}

// ---- set-up

const NAMES = { environment: 'Environment', pool: 'Pool', connection: 'Connection of the API', warehouse: 'Warehouse', settings: 'Settings' };

function SetUp() {
  const { data, problem, loading, reload } = useAsync('set-up', (signal) => read('set-up', {}, signal));
  const contract = useAsync('contract', () => airflow('GET', `dags/${dagId('contract_check')}/dagRuns?order_by=-run_after&limit=1`));
  const check = h(C.Button, { size: '2xs', variant: 'outline', loading, onClick: () => { reload(); contract.reload(); } }, 'Check again');
  return h(Panel, { title: 'Set-up', note: 'As the API server sees it; the contract check sees it from a worker.', actions: check },
    problem && h(Notice, null, problem.message),
    !data && !problem && h(C.Skeleton, { height: '120px' }),
    data && h(C.VStack, { as: 'ul', align: 'stretch', gap: 2, listStyleType: 'none' },
      data.map((finding, i) => h(Finding, { key: i, name: NAMES[finding.endpoint] ?? finding.endpoint, ok: finding.result === 'ok', notes: [...finding.notes, ...finding.advice] })),
      h(Contract, { of: contract })));
}

const STATES = { success: ['ok', true], failed: ['problem', false] };

function Contract({ of }) {
  const dag = dagId('contract_check');
  const run = of.data?.dag_runs?.[0];
  const [tone, ok] = STATES[run?.state] ?? ['unknown', undefined];
  const trigger = async () => {
    await airflow('POST', `dags/${dag}/dagRuns`, { logical_date: null, note: 'From the page Inventory' });
    of.reload();
  };
  const notes = of.problem ? [of.problem.message]
    : run ? [h(C.Box, { as: 'span' }, `The last check ended as ${words(run.state)}: `,
        h(C.Link, { asChild: true, variant: 'underline' }, h(Router.Link, { to: `/dags/${dag}/runs/${encodeURIComponent(run.dag_run_id)}` }, 'its report')))]
      : ['It was never run: it checks keys, fields and clocks of the API, and writes nothing.'];
  return h(Finding, { name: 'API contract', ok, tone, notes, action: h(Action, { dag, variant: 'outline', onPress: trigger }, 'Run the check') });
}

function Finding({ name, ok, tone = ok ? 'ok' : 'problem', notes, action }) {
  return h(C.HStack, { as: 'li', align: 'start', gap: 3 },
    h(C.Box, { minW: '76px', pt: '2px' }, h(Tag, { tone }, ok === undefined ? 'unknown' : ok ? 'ok' : 'to do')),
    h(C.Box, { minW: 0 }, h(C.Text, { fontSize: 'sm', fontWeight: 'medium' }, name),
      notes.map((note, i) => h(C.Text, { key: i, fontSize: 'xs', color: 'fg.muted', overflowWrap: 'anywhere' }, note)),
      action && h(C.Box, { mt: 1 }, action)));
}
