// Held back: pulls that the circuit breaker keeps for a person, what each would change, and the decisions so far.
import { Action, C, Dialog, Go, Instant, Loaded, Notice, Panel, React, Router, Screen, TablePanel, count, dagId, h, quantity, useAddress, useRows, words } from '../kit.js';
import { airflow } from '../server.js';

const dag = () => dagId('held_back_pulls');
const DECISIONS = {
  accept: {
    verb: 'Accept', palette: 'red', option: 'Accept',
    means: (pull) => `The stock of ${count(pull.would_vanish, 'product')} is set to 0, as of the time of the pull. Published days that depend on it are published again. Look at the office in IndicaOnline first.`,
  },
  dismiss: {
    verb: 'Dismiss', palette: 'gray', option: 'Dismiss',
    means: () => 'The pull is never applied, and no stock changes. The next pull of the office is judged by itself.',
  },
};

export default function HeldBack() {
  const [{ pull: opened }, change] = useAddress();
  const [asking, setAsking] = React.useState(null);
  const [started, setStarted] = React.useState(null);
  const pulls = useRows('held_back_pulls', { status: 'held_back', limit: 100 });
  return h(C.VStack, { align: 'stretch', gap: 4 },
    started && h(Started, { started, onEnd: pulls.reload }),
    h(Panel, {
      title: 'Pulls that wait for a decision', dataset: 'held_back_pulls', parameters: { status: 'held_back' },
      note: 'Such a pull was complete, but too many products of its office would vanish. Nothing was changed. The next complete pull of the office supersedes it.',
    }, h(Loaded, { of: pulls, empty: 'No pull is held back: there is nothing to decide.' },
      h(C.VStack, { align: 'stretch', gap: 3 }, (pulls.rows ?? []).map((pull) => h(Waiting, {
        key: pull.pull_id, pull, open: String(pull.pull_id) === opened,
        onOpen: (open) => change({ pull: open ? pull.pull_id : null }),
        onDecide: (decision) => setAsking({ pull, decision }),
      }))))),
    h(C.Text, { fontSize: 'sm' }, 'Earlier ones, with who decided and why: ', h(Go, { to: 'ledger', with: { show: 'decisions' } }, 'decisions'), '.'),
    asking && h(Confirm, { ...asking, close: () => setAsking(null), onStarted: setStarted }));
}

function Waiting({ pull, open, onOpen, onDecide }) {
  const name = pull.office_name ?? `Office ${pull.office_id}`;
  return h(C.Box, { borderWidth: 1, borderLeftWidth: 4, borderLeftColor: 'red.solid', borderRadius: 'md', p: 3 },
    h(C.HStack, { justify: 'space-between', align: 'start', wrap: 'wrap', gap: 3 },
      h(C.Box, null,
        h(C.HStack, null, h(C.Text, { fontWeight: 'semibold' }, name), h(Screen, { href: pull.office_url })),
        h(C.Text, { fontSize: 'sm' }, `${pull.would_vanish} of ${count(pull.products_with_stock, 'product')} with stock would vanish.`),
        h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, 'Pull ', h(Go, { to: 'ledger', with: { pull: pull.pull_id } }, pull.pull_id), ' of ', h(Instant, { value: pull.first_page_at }))),
      h(C.HStack, { wrap: 'wrap' },
        h(C.Button, { size: 'xs', variant: 'outline', 'aria-expanded': open, onClick: () => onOpen(!open) }, open ? 'Hide the products' : 'What would vanish'),
        h(Action, { dag: dag(), variant: 'outline', onPress: () => onDecide('dismiss') }, 'Dismiss…'),
        h(Action, { dag: dag(), colorPalette: 'red', onPress: () => onDecide('accept') }, 'Accept…'))),
    open && h(Vanishing, { pull }));
}

function Vanishing({ pull }) {
  const columns = [
    { key: 'product_name', label: 'product', render: (row) => h(Go, { to: 'stock', with: { product: row.product_id, office: pull.office_id } }, row.product_name ?? `Product ${row.product_id}`) },
    { key: 'category' },
    { key: 'quantity', label: 'last known', numeric: true, render: (row) => quantity(row.quantity) },
    { key: 'measurement', label: 'unit', render: (row) => words(row.measurement) },
    { key: 'package_count', label: 'packages', numeric: true },
    { key: 'last_seen_at', label: 'last seen', render: (row) => h(Instant, { value: row.last_seen_at }) },
    { key: 'product_url', label: '', render: (row) => h(Screen, { href: row.product_url }) },
  ];
  return h(TablePanel, { title: `Products that pull ${pull.pull_id} lacks`, dataset: 'held_back_products', parameters: { pull: pull.pull_id }, columns, mt: 3, pageSize: 20 });
}

function Confirm({ pull, decision, close, onStarted }) {
  const { verb, palette, means } = DECISIONS[decision];
  const [note, setNote] = React.useState('');
  const [problem, setProblem] = React.useState(null);
  const decide = async () => {
    try {
      onStarted({ ...(await send(pull.pull_id, decision, note.trim() || null)), verb, pull });
      close();
    } catch (error) {
      setProblem(error);
    }
  };
  const footer = [
    h(C.Button, { key: 'no', size: 'sm', variant: 'outline', onClick: close }, 'Cancel'),
    h(Action, { key: 'yes', dag: dag(), size: 'sm', colorPalette: palette, onPress: decide }, `${verb} pull ${pull.pull_id}`),
  ];
  return h(Dialog, { title: `${verb} pull ${pull.pull_id} of ${pull.office_name ?? `office ${pull.office_id}`}?`, close, footer },
    h(C.Text, { fontSize: 'sm', mb: 3 }, means(pull)),
    h(C.Field.Root, null, h(C.Field.Label, null, 'Note'),
      h(C.Textarea, { value: note, maxLength: 1000, placeholder: 'Why: the ledger keeps it with your name', onChange: (event) => setNote(event.target.value) })),
    problem && h(Notice, { mt: 3 }, problem.message));
}

// A run of its own decides, so that it is seen when the decision is applied.
async function send(pullId, decision, note) {
  const { dag_run_id } = await airflow('POST', `dags/${dag()}/dagRuns`, { logical_date: null, conf: { pull_id: Number(pullId), decision, note }, note });
  return { run: dag_run_id, decision, note };
}

// Airflow asks about a pull under Required Actions, too: the question is answered with the decision, and changes nothing
// more. It is only sent afterwards, because Airflow asks again where it is answered in its first seconds.
const closeQuestion = ({ pull, decision, note }) =>
  airflow('PATCH', `dags/${dag()}/dagRuns/pull_${pull.pull_id}/taskInstances/ask/-1/hitlDetails`, { chosen_options: [DECISIONS[decision].option], params_input: { note } })
    // There is no question about a pull that was held back outside Airflow, or somebody has answered it.
    .catch(() => null);

const PAUSE = 1500;
function Started({ started, onEnd }) {
  const [state, setState] = React.useState('queued');
  React.useEffect(() => {
    let timer;
    const look = async () => {
      const run = await airflow('GET', `dags/${dag()}/dagRuns/${encodeURIComponent(started.run)}`).catch(() => null);
      setState(run?.state ?? 'unknown');
      if (run?.state === 'success') closeQuestion(started);
      if (run && (run.state === 'success' || run.state === 'failed')) onEnd();
      else timer = setTimeout(look, PAUSE);
    };
    look();
    return () => clearTimeout(timer);
  }, [started.run]);
  const link = h(C.Link, { asChild: true, variant: 'underline' }, h(Router.Link, { to: `/dags/${dag()}/runs/${encodeURIComponent(started.run)}` }, 'its run'));
  const status = { success: 'success', failed: 'error' }[state] ?? 'info';
  return h(Notice, { status, title: `${started.verb} pull ${started.pull.pull_id}: ${state === 'success' ? 'done' : words(state)}` }, 'See ', link, '.');
}
