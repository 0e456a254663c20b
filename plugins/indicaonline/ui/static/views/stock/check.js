// Check stock now: one product, requested from the API at this moment by a run of the DAG product_stock.
import { Action, C, Dialog, Instant, Notice, React, Router, Table, count, dagId, h, quantity, useAsync, words } from '../../kit.js';
import { airflow } from '../../server.js';

const dagOf = () => dagId('product_stock');
const TASK = 'pull_product';
const EVERY = 1500;
const AT_MOST = 120_000;
const ENDED = ['success', 'failed'];

const runLink = (id) => h(C.Link, { asChild: true, variant: 'underline' }, h(Router.Link, { to: `/dags/${dagOf()}/runs/${encodeURIComponent(id)}` }, 'See the run.'));

/** The button of a product, and what is to be shown of its run: { button, answer }. `reload` is called when it ends. */
export function useStockCheck(product, name, reload) {
  const [open, setOpen] = React.useState(false);
  const [run, setRun] = React.useState(null);
  const result = useRun(run, setRun, reload);
  const running = run !== null && !ENDED.includes(run.state) && !run.isLong;
  const button = h(React.Fragment, null,
    h(Action, { dag: dagOf(), variant: 'outline', loading: running, loadingText: 'Checking', onPress: async () => setOpen(true) }, 'Check stock now'),
    open && h(Ask, { product, name, close: () => setOpen(false), started: (answer) => { setRun({ id: answer.dag_run_id, state: answer.state, since: Date.now() }); setOpen(false); } }));
  return { button, answer: run && h(C.Box, { mb: 3 }, h(Answer, { run, result })) };
}

function Ask({ product, name, close, started }) {
  const [problem, setProblem] = React.useState(null);
  const dag = useAsync(dagOf(), () => airflow('GET', `dags/${dagOf()}`));
  const send = async () => {
    try {
      // As text: a large id is not exact as a number.
      started(await airflow('POST', `dags/${dagOf()}/dagRuns`, { logical_date: null, conf: { product_id: String(product) }, note: 'From the page Inventory' }));
    } catch (error) {
      setProblem(error.message);
    }
  };
  const reason = dag.problem?.message ?? (dag.data?.is_paused ? `The DAG ${dagOf()} is paused: unpause it first.` : undefined);
  const footer = [
    h(C.Button, { key: 'cancel', size: 'xs', variant: 'ghost', onClick: close }, 'Cancel'),
    h(Action, { key: 'send', dag: dagOf(), onPress: send, reason }, 'Send the request'),
  ];
  return h(Dialog, { title: `Check the stock of ${name} now`, close, footer },
    h(C.Text, { fontSize: 'sm' }, 'One request for this product, in all offices, is sent to the API. The result is stored as an observation of this moment, like that of any other pull.'),
    h(C.Text, { fontSize: 'sm', mt: 2, color: 'fg.muted' }, 'It waits while other tasks use all slots of the pool of the API, or while four runs of this DAG are running.'),
    problem && h(Notice, { mt: 3 }, problem));
}

/** Follows a run while the page is open, for two minutes at most; returns the result of its task, or null. */
function useRun(run, setRun, reload) {
  const [result, setResult] = React.useState(null);
  React.useEffect(() => {
    if (!run || run.isLong || ENDED.includes(run.state)) return undefined;
    let isOpen = true;
    const ask = async () => {
      const next = await follow(run);
      if (!isOpen) return;
      if (ENDED.includes(next.state)) {
        setResult(next.result);
        reload();
      }
      setRun(next);
    };
    const timer = setTimeout(ask, EVERY);
    return () => { isOpen = false; clearTimeout(timer); };
  }, [run]);
  return run && result;
}

/** The run at this moment, a new object; its problem where Airflow does not answer. */
async function follow(run) {
  const path = `dags/${dagOf()}/dagRuns/${encodeURIComponent(run.id)}`;
  const isLong = Date.now() - run.since > AT_MOST;
  try {
    const { state } = await airflow('GET', path);
    return { ...run, state, isLong, problem: null, result: ENDED.includes(state) ? await resultOf(path) : null };
  } catch (problem) {
    return { ...run, isLong, problem: problem.message };
  }
}

// A run can fail after its pull has succeeded, and the reverse does not happen.
const resultOf = (path) => airflow('GET', `${path}/taskInstances/${TASK}/xcomEntries/return_value`).then(({ value }) => value, () => null);

function Answer({ run, result }) {
  if (result) return h(Result, { run, result });
  if (run.state === 'failed') return h(Notice, { title: 'The check failed.' }, 'The API or the warehouse could not be used; the log of the task has the reason. ', runLink(run.id));
  if (run.state === 'success') return h(Notice, { status: 'warning' }, 'The result cannot be read, but its changes are stored. ', runLink(run.id));
  if (run.isLong) return h(Notice, { status: 'warning' }, 'The check has not ended after two minutes. It may be waiting for other runs, or the DAG is paused. ', runLink(run.id));
  return h(Notice, { status: 'info' }, run.problem ?? `The check was started, and is ${words(run.state)}. `, !run.problem && runLink(run.id));
}

const COLUMNS = [
  { key: 'office_name', label: 'office', render: (row) => row.office_name ?? `Office ${row.office_id}` },
  { key: 'quantity', numeric: true, render: (row) => quantity(row.quantity) },
  { key: 'measurement', render: (row) => words(row.measurement) },
  { key: 'package_count', label: 'packages', numeric: true },
  { key: 'observed_at', label: 'seen just now', render: (row) => h(Instant, { value: row.observed_at }) },
];

function Result({ run, result }) {
  const { offices, office_count: all } = result;
  const cut = all > offices.length ? ` The first ${offices.length} of ${all} are shown.` : '';
  return h(C.Box, { borderWidth: 1, borderRadius: 'md', p: 3, role: 'status' },
    h(C.Text, { fontSize: 'sm', fontWeight: 'medium', mb: 1 }, 'Seen just now'),
    h(C.Text, { fontSize: 'xs', color: 'fg.muted', mb: 2 }, `The API listed the product in ${count(all, 'office')}.${cut} Absence is not inferred: an office without a row may still hold it. `, runLink(run.id)),
    offices.length > 0 && h(Table, { columns: COLUMNS, rows: offices, label: 'Stock seen just now' }));
}
