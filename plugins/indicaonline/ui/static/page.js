// The page Inventory: its header, and the view that the address names.
import { Choice } from './fields.js';
import { C, Me, Notice, React, Router, h, home, inZone, useAsync, userZone } from './kit.js';
import { account, read } from './server.js';

// Each view is loaded when it is opened.
const VIEWS = {
  now: 'Now',
  coverage: 'Coverage',
  'held-back': 'Held back',
  stock: 'Stock',
  packages: 'Packages',
  ledger: 'Ledger',
};
const loaded = Object.fromEntries(Object.keys(VIEWS).map((name) => [name, React.lazy(() => import(`./views/${name}.js`))]));

function Header({ me, current }) {
  const zones = me.zone === userZone() ? `times in ${me.zone}` : `business days in ${me.zone} · times in ${userZone()}`;
  return h(C.Box, { mb: 4 },
    h(C.HStack, { justify: 'space-between', align: 'end', wrap: 'wrap' },
      h(C.HStack, { gap: 4, align: 'end' },
        h(C.Heading, { size: 'xl', as: 'h1' }, 'Inventory'),
        me.accounts.length > 1 && h(Accounts, { me, current })),
      h(C.Text, { fontSize: 'xs', color: 'fg.muted', title: `It is ${inZone(me.now, me.zone)} there.` }, zones)),
    h(C.HStack, { as: 'nav', 'aria-label': 'Views of the inventory', gap: 1, borderBottomWidth: 1, mt: 2, overflowX: 'auto' },
      Object.entries(VIEWS).map(([name, label]) => h(Router.Link, {
        key: name, to: name === 'now' ? home() : `${home()}/${name}`, 'aria-current': name === current ? 'page' : undefined,
      }, h(C.Box, {
        px: 3, py: 2, fontSize: 'sm', whiteSpace: 'nowrap', borderBottomWidth: 2, mb: '-1px',
        borderColor: name === current ? 'brand.solid' : 'transparent',
        fontWeight: name === current ? 'semibold' : 'normal', color: name === current ? 'fg' : 'fg.muted', _hover: { color: 'fg' },
      }, label)))));
}

// Another account has other offices and products, so its view begins without parameters.
function Accounts({ me, current }) {
  const navigate = Router.useNavigate();
  const show = (id) => navigate(current === 'now' ? home(id) : `${home(id)}/${current}`);
  return h(Choice, { label: 'Account', value: me.account, options: me.accounts.map((id) => [id, id]), onChange: show });
}

// An error of a view stays in the view: the rest of Airflow's page goes on.
class Boundary extends React.Component {
  state = {};
  static getDerivedStateFromError = (error) => ({ error });
  render() {
    return this.state.error ? h(Notice, { title: 'This view failed.' }, String(this.state.error.message)) : this.props.children;
  }
}

function Page() {
  const { pathname, search } = Router.useLocation();
  const rest = pathname.slice(home().length);
  const name = rest.split('/')[1] || 'now';
  const { data: me, problem } = useAsync('me', (signal) => read('me', {}, signal));
  const View = loaded[name];
  if (problem) return h(C.Box, { p: 6 }, h(Notice, null, problem.message));
  if (!me) return h(C.Box, { p: 6 }, h(C.Skeleton, { height: '40px' }));
  // The address names the account, so that it can be bookmarked.
  if (me.account && !account()) return h(Router.Navigate, { to: `${home(me.account)}${rest}${search}`, replace: true });
  return h(Me.Provider, { value: me }, h(C.Box, { p: 6, height: '100%', overflowY: 'auto', bg: 'bg.subtle' },
    h(Header, { me, current: name }),
    me.problem && h(Notice, { mb: 4, title: 'The warehouse cannot be read' }, me.problem),
    View ? h(Boundary, { key: name }, h(React.Suspense, { fallback: h(C.Skeleton, { height: '200px' }) }, h(View)))
      : h(Notice, { status: 'info' }, `There is no view '${name}'.`)));
}

// Airflow shows a plugin that it has just loaded by another component than afterwards, and changes to that one when its
// router renders next: a view would then lose what it holds, such as a file that was chosen. So this happens first.
let isSettled = false;

function Plugin() {
  const location = Router.useLocation();
  const navigate = Router.useNavigate();
  const [isReady, setReady] = React.useState(isSettled);
  React.useEffect(() => {
    if (isReady) return;
    isSettled = true;
    navigate(location, { replace: true, state: location.state });
    setReady(true);
  }, []);
  // By account, so that nothing of one is shown for another.
  return isReady ? h(Page, { key: account() ?? '' }) : null;
}

globalThis.AirflowPlugin = Plugin;
