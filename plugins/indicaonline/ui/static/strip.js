// The strip on Airflow's Home: one line about the inventory, with what is wrong first.
import { C, HOME, React, Router, count, h, span, useAsync, useRows } from './kit.js';
import { read } from './server.js';

// Home belongs to all users of Airflow: whoever may not see the inventory sees no strip.
const UNSEEN = [401, 403, 404];

function Strip() {
  const { data: me, problem } = useAsync('me', (signal) => read('me', {}, signal));
  const totals = useRows('totals', me && !me.problem ? {} : null);
  const failed = problem ?? totals.problem;
  if (failed) return UNSEEN.includes(failed.status) ? null : h(Line, { tone: 'gray' }, 'The state of the inventory cannot be read at the moment.');
  if (me?.problem) return h(Line, { tone: 'red', to: HOME, link: 'See the set-up' }, `Inventory: the warehouse cannot be read. ${me.problem}`);
  if (!me) return null;
  // The line keeps its place while the warehouse is read, so that Home does not jump.
  if (!totals.rows?.[0]) return h(Line, { tone: 'gray' }, 'Inventory: reading the warehouse…');
  const [tone, sentence, to, link] = state(totals.rows[0], me.sla ?? {});
  return h(Line, { tone, to, link }, sentence);
}

/** What to say: the first thing that is wrong, or that all is well. */
function state(totals, sla) {
  const offices = count(totals.offices, 'office');
  const lag = totals.update_lag_seconds;
  if (Number(totals.offices) === 0) return ['orange', 'Inventory: no office is known yet.', HOME, 'Set it up'];
  if (totals.held_back > 0) {
    const verb = totals.held_back === 1 ? 'waits' : 'wait';
    return ['red', `Inventory: ${count(totals.held_back, 'held-back pull')} ${verb} for a decision.`, `${HOME}/held-back`, 'Decide'];
  }
  if (lag === null) return ['red', `Inventory: ${offices}, and changes were never pulled.`, HOME, 'See why'];
  const age = `${offices}, changes pulled ${span(lag)} ago`;
  if (sla.update_hours > 0 && lag > sla.update_hours * 3600) return ['red', `Inventory: the freshness SLA is breached. ${age}.`, HOME, 'See why'];
  if (totals.incomplete > 0) return ['orange', `Inventory: ${age}, ${count(totals.incomplete, 'incomplete pull')} in the last 24 hours.`, `${HOME}/ledger?status=incomplete`, 'See them'];
  return ['green', `Inventory: ${age}.`, HOME, 'Open'];
}

function Line({ tone, to, link, children }) {
  return h(C.HStack, { as: 'section', 'aria-label': 'Inventory', borderWidth: 1, borderRadius: 'md', bg: 'bg', px: 4, py: 2, gap: 3, minH: '44px' },
    h(C.Box, { boxSize: '9px', flexShrink: 0, borderRadius: 'full', bg: `${tone}.solid`, 'aria-hidden': true }),
    h(C.Text, { fontSize: 'sm', flex: 1, minW: 0, color: tone === 'gray' ? 'fg.muted' : undefined, overflowWrap: 'anywhere' }, children),
    to && h(C.Link, { asChild: true, fontSize: 'sm', colorPalette: 'blue', whiteSpace: 'nowrap' }, h(Router.Link, { to, 'aria-label': `${link}: inventory` }, link)));
}

// An error of the strip is not one of Home.
class Silent extends React.Component {
  state = {};
  static getDerivedStateFromError = () => ({ failed: true });
  render() {
    return this.state.failed ? null : h(Strip);
  }
}

globalThis.AirflowPlugin = Silent;
