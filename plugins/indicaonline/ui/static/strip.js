// The strip on Airflow's Home: one line about the inventory, with what is wrong first.
import { C, React, Router, count, h, home, span, useAsync, useRows } from './kit.js';
import { read } from './server.js';

// Home belongs to all users of Airflow: whoever may not see the inventory sees no strip.
const UNSEEN = [401, 403, 404];

// One line; with several accounts, one for each that the user may see.
function Strip() {
  const { data: me, problem } = useAsync('me', (signal) => read('me', {}, signal));
  if (!me || me.accounts.length < 2) return h(State, { id: me?.account, me, problem });
  return h(C.VStack, { align: 'stretch', gap: 2 },
    me.accounts.map((id) => (id === me.account ? h(State, { key: id, id, me }) : h(Account, { key: id, id }))));
}

function Account({ id }) {
  const { data: me, problem } = useAsync('me', (signal) => read('me', { account: id }, signal));
  return h(State, { id, me, problem });
}

function State({ id, me, problem }) {
  const totals = useRows('totals', me && !me.problem ? { account: id } : null);
  const failed = problem ?? totals.problem;
  if (failed) return UNSEEN.includes(failed.status) ? null : h(Line, { id, tone: 'gray' }, 'its state cannot be read at the moment.');
  if (me?.problem) return h(Line, { id, tone: 'red', to: '', link: 'See the set-up' }, `the warehouse cannot be read. ${me.problem}`);
  if (!me) return null;
  // The line keeps its place while the warehouse is read, so that Home does not jump.
  if (!totals.rows?.[0]) return h(Line, { id, tone: 'gray' }, 'reading the warehouse…');
  const [tone, sentence, to, link] = state(totals.rows[0], me.sla ?? {});
  return h(Line, { id, tone, to, link }, sentence);
}

/** What to say: the first thing that is wrong, or that all is well; and where the page has more of it. */
function state(totals, sla) {
  const offices = count(totals.offices, 'office');
  const lag = totals.update_lag_seconds;
  if (Number(totals.offices) === 0) return ['orange', 'no office is known yet.', '', 'Set it up'];
  if (totals.held_back > 0) {
    const verb = totals.held_back === 1 ? 'waits' : 'wait';
    return ['red', `${count(totals.held_back, 'held-back pull')} ${verb} for a decision.`, '/held-back', 'Decide'];
  }
  if (lag === null) return ['red', `${offices}, and changes were never pulled.`, '', 'See why'];
  const age = `${offices}, changes pulled ${span(lag)} ago`;
  if (sla.update_hours > 0 && lag > sla.update_hours * 3600) return ['red', `the freshness SLA is breached. ${age}.`, '', 'See why'];
  if (totals.incomplete > 0) return ['orange', `${age}, ${count(totals.incomplete, 'incomplete pull')} in the last 24 hours.`, '/ledger?status=incomplete', 'See them'];
  return ['green', `${age}.`, '', 'Open'];
}

function Line({ id, tone, to, link, children }) {
  const name = id ? `Inventory of ${id}` : 'Inventory';
  return h(C.HStack, { as: 'section', 'aria-label': name, borderWidth: 1, borderRadius: 'md', bg: 'bg', px: 4, py: 2, gap: 3, minH: '44px' },
    h(C.Box, { boxSize: '9px', flexShrink: 0, borderRadius: 'full', bg: `${tone}.solid`, 'aria-hidden': true }),
    h(C.Text, { fontSize: 'sm', flex: 1, minW: 0, color: tone === 'gray' ? 'fg.muted' : undefined, overflowWrap: 'anywhere' }, name, ': ', children),
    link && h(C.Link, { asChild: true, fontSize: 'sm', colorPalette: 'blue', whiteSpace: 'nowrap' }, h(Router.Link, { to: home(id) + to, 'aria-label': `${link}: ${name.toLowerCase()}` }, link)));
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
