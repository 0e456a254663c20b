// The ledger: every read of the API, what could not be used, rebuilds, and decisions about held-back pulls.
import { C, Router, h, home, useAddress, useMe } from '../kit.js';
import { Choice, DayField, OfficeChoice } from '../fields.js';
import Decisions from './ledger/decisions.js';
import Pull from './ledger/pull.js';
import Pulls from './ledger/pulls.js';
import Quarantine from './ledger/quarantine.js';
import Rebuilds from './ledger/rebuilds.js';

const LISTS = { pulls: ['Pulls', Pulls], quarantine: ['Quarantine', Quarantine], rebuilds: ['Rebuilds', Rebuilds], decisions: ['Decisions', Decisions] };
const KINDS = [['', 'All kinds'], ...['office', 'updated', 'product', 'reference', 'packages', 'package'].map((kind) => [kind, kind])];
const all = (...values) => [['', 'All'], ...values.map((value) => [value, value.replace('_', ' ')])];
const STATUSES = {
  pulls: all('complete', 'incomplete', 'failed', 'held_back', 'dismissed', 'superseded'),
  decisions: all('accepted', 'dismissed', 'superseded'),
};
// Which fields filter which list.
const FIELDS = { pulls: ['office', 'kind', 'status', 'day'], quarantine: ['office', 'kind', 'day'], rebuilds: [], decisions: ['office', 'status', 'day'] };

export default function Ledger() {
  const [{ show = 'pulls', pull, ...given }, change] = useAddress();
  const { zone } = useMe();
  const list = LISTS[show] ? show : 'pulls';
  const fields = FIELDS[list];
  const filter = Object.fromEntries(fields.map((name) => [name, given[name]]));
  if (filter.day) filter.zone = zone;
  if (pull) return h(Pull, { key: pull, id: pull });
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(C.HStack, { gap: 3, align: 'end', wrap: 'wrap' },
      h(Lists, { current: list }),
      fields.includes('office') && h(OfficeChoice, { value: given.office, onChange: (office) => change({ office }) }),
      fields.includes('kind') && h(Choice, { label: 'Kind', value: given.kind, options: KINDS, onChange: (kind) => change({ kind }) }),
      fields.includes('status') && h(Choice, { label: 'Status', value: given.status, options: STATUSES[list], onChange: (status) => change({ status }) }),
      fields.includes('day') && h(DayField, { label: `Day in ${zone}`, value: given.day, onChange: (day) => change({ day }), help: `From midnight to midnight in ${zone}.` }),
      fields.some((name) => given[name]) && h(C.Button, { size: 'sm', variant: 'ghost', onClick: () => change(Object.fromEntries(fields.map((name) => [name, null]))) }, 'Clear')),
    h(LISTS[list][1], { filter, reason: given.reason, change }));
}

// Filters of one list mean little in another: a link to a list begins without them.
function Lists({ current }) {
  return h(C.HStack, { as: 'nav', 'aria-label': 'Lists of the ledger', gap: 1 },
    Object.entries(LISTS).map(([name, [label]]) => h(C.Button, { key: name, asChild: true, size: 'sm', variant: name === current ? 'subtle' : 'ghost' },
      h(Router.Link, { to: `${home()}/ledger?show=${name}`, 'aria-current': name === current ? 'page' : undefined }, label))));
}
