// Backfills: a dry run first, a dialog that says what will happen, then the backfill itself, by Airflow's REST API.
import { Action, C, Dialog, Notice, React, Router, count, dagId, h, inZone, useAsync, useMe, userZone } from '../../kit.js';
import { airflow, read } from '../../server.js';

const { useState } = React;
const SHOWN = 12;

/** The request of a backfill that runs again what has already run, one run at a time. */
const request = ({ dag_id, from_date, to_date }) => ({
  dag_id, from_date, to_date, reprocess_behavior: 'completed', max_active_runs: 1, run_backwards: false,
});

// Everything that the dialog says, read before it says it.
async function prepare(load) {
  const plan = await load();
  const dates = `logical_date_gte=${encodeURIComponent(plan.from_date)}&logical_date_lte=${encodeURIComponent(plan.to_date)}`;
  const [dryRun, existing, dag] = await Promise.all([
    airflow('POST', 'backfills/dry_run', request(plan)),
    airflow('GET', `dags/${plan.dag_id}/dagRuns?limit=1&${dates}`),
    airflow('GET', `dags/${plan.dag_id}`),
  ]);
  const running = await airflow('GET', `dags/${plan.dag_id}/dagRuns?limit=1&state=running&state=queued`);
  return { plan, dates, dag, runs: dryRun.backfills.map((run) => run.logical_date), existing: existing.total_entries, running: running.total_entries };
}

/** A button that opens the dialog of a backfill. `load` returns its dag_id, from_date and to_date. */
function BackfillButton({ dag, label, title, load, nameRun, what, children, ...rest }) {
  const [open, setOpen] = useState(false);
  return h(React.Fragment, null,
    h(Action, { dag, variant: 'outline', onPress: async () => setOpen(true), ...rest }, label),
    open && h(BackfillDialog, { dag, label, title, load, nameRun, what, close: () => setOpen(false) }, children));
}

function BackfillDialog({ dag, label, title, load, nameRun, what, close, children }) {
  const [outcome, setOutcome] = useState({});
  const { data, problem } = useAsync('dry run', () => prepare(load));
  const start = async () => {
    try {
      await airflow('POST', 'backfills', request(data.plan));
      const { dag_runs: found } = await airflow('GET', `dags/${dag}/dagRuns?limit=2&${data.dates}`);
      setOutcome({ run: found.length === 1 ? found[0].dag_run_id : null, done: true });
    } catch (error) {
      setOutcome({ problem: error });
    }
  };
  const footer = outcome.done ? h(C.Button, { size: 'xs', onClick: close }, 'Close')
    : h(React.Fragment, null, h(C.Button, { size: 'xs', variant: 'outline', onClick: close }, 'Cancel'),
      data && data.runs.length > 0 && h(Action, { dag, onPress: start }, label));
  return h(Dialog, { title, close, size: 'lg', footer },
    h(C.VStack, { align: 'stretch', gap: 3, fontSize: 'sm' },
      problem && h(Notice, null, problem.message),
      outcome.problem && h(Refused, { dag, problem: outcome.problem }),
      !data && !problem && h(C.Skeleton, { height: '120px', 'aria-label': 'Dry run' }),
      data && (outcome.done ? h(Started, { dag, count: data.runs.length, run: outcome.run, paused: data.dag.is_paused })
        : h(Plan, { data, nameRun, what }, children))));
}

function Plan({ data, nameRun, what, children }) {
  const { runs, existing, running, dag } = data;
  if (runs.length === 0) {
    return h(Notice, { status: 'info' }, 'There is nothing to run: the runs of these dates are in progress, or their dates have not ended.');
  }
  const names = runs.map(nameRun);
  const more = names.length - SHOWN;
  return h(React.Fragment, null,
    h(C.Text, null, `This creates a backfill of ${dag.dag_id} with ${count(runs.length, 'run')}${runs.length > 1 ? `, ${what}` : ''}:`),
    h(C.HStack, { as: 'ul', wrap: 'wrap', gap: 1, listStyleType: 'none', 'aria-label': 'Runs of the dry run' },
      names.slice(0, SHOWN).map((name) => h(C.Badge, { as: 'li', key: name, variant: 'outline', fontFamily: 'mono' }, name)),
      more > 0 && h(C.Text, { as: 'li', fontSize: 'xs', color: 'fg.muted' }, `and ${more} more, to ${names.at(-1)}`)),
    h(C.Box, { as: 'ul', ps: 5, css: { '& li': { listStyleType: 'disc', marginBottom: '4px' } } },
      children,
      h('li', null, existing > 0
        ? `${count(existing, 'run')} of these dates ${existing === 1 ? 'exists' : 'exist'} already: a run that has ended is cleared, and runs again under its run id.`
        : 'There is no run of these dates yet.'),
      running > 0 && h('li', null, `${count(running, 'run')} of this DAG ${running === 1 ? 'is' : 'are'} queued or running now. The new runs may wait for ${running === 1 ? 'it' : 'them'}.`)),
    dag.is_paused && h(Notice, { status: 'warning', title: 'The DAG is paused' }, 'Its runs stay queued until somebody unpauses ', h(DagLink, { to: dag.dag_id }, dag.dag_id), '.'));
}

const DagLink = ({ to, children }) => h(C.Link, { asChild: true, variant: 'underline' }, h(Router.Link, { to: `/dags/${to}` }, children));

function Started({ dag, count: runs, run, paused }) {
  const link = run ? h(DagLink, { to: `${dag}/runs/${encodeURIComponent(run)}` }, 'the run') : h(DagLink, { to: `${dag}/backfills` }, 'its backfills');
  return h(Notice, { status: 'success', title: 'The backfill is created' },
    `${count(runs, 'run')} of ${dag} ${paused ? 'will start when the DAG is unpaused' : 'will start shortly'}: see `, link, '. Reload this page when it has ended.');
}

function Refused({ dag, problem }) {
  if (problem.status !== 409) return h(Notice, { title: 'The backfill was not created' }, problem.message);
  return h(Notice, { title: 'The backfill was not created' }, `${problem.message}. Wait until it ends, or cancel it: `, h(DagLink, { to: `${dag}/backfills` }, 'backfills of the DAG'), '.');
}

// ---- the two backfills of this view

/** Publishes business days again; `pullUntil` is the end of the tolerance of the last day, if that is still to come. */
export function PublishAgain({ first, last, pullUntil, missing = 0, label = 'Publish again' }) {
  const { zone } = useMe();
  const days = first === last ? first : `${first} to ${last}`;
  return h(BackfillButton, {
    dag: dagId('inventory_snapshot_daily'), label, title: `Publish ${days} again`, what: 'one for each business day',
    load: () => read('backfill', { first_day: first, last_day: last }),
    nameRun: (date) => inZone(date, zone).slice(0, 10),
  },
  h('li', null, 'Each run publishes the day of all offices again, from the observations stored. It can be repeated: the same observations give the same rows.'),
  pullUntil
    ? h('li', null, `Until ${inZone(pullUntil, userZone())} ${userZone()}, ${last} is within the tolerance: offices without a closing pull are pulled from the API now.`)
    : h('li', null, 'No request is sent to the API for past days: it only returns the current stock.'),
  missing > 0 && h('li', null, `${count(missing, 'missing day')} of this office cannot be known: ${missing === 1 ? 'it stays' : 'they stay'} missing.`));
}

/** Closes a gap: a row of uncovered_hours. */
export function CloseHours({ gap }) {
  const zone = userZone();
  return h(BackfillButton, {
    dag: dagId('inventory_updates_hourly'), label: 'Close these hours', title: `Close ${count(gap.hours, 'hour')} from ${inZone(gap.gap_start, zone)} ${zone}`, what: `one for each hour (${zone})`,
    load: async () => ({ dag_id: dagId('inventory_updates_hourly'), from_date: gap.first_run, to_date: gap.last_run }),
    nameRun: (date) => inZone(date, zone),
    'aria-label': `Close the hours from ${inZone(gap.gap_start, zone)}`,
  },
  h('li', null, 'The first run pulls what changed in all offices since the start of the gap, up to now: this closes the gap, and all gaps after it. The other runs find their hours covered and send no request.'),
  h('li', null, 'Changes are stored with the time of this pull. The states in between stay unknown.'));
}
