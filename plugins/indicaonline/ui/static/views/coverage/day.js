// A business day of an office: how it is known, its pulls, its gaps, what changed, and its stock.
import { C, Go, Instant, Loaded, Notice, Panel, React, Router, Screen, TablePanel, Tag, count, dagId, h, inZone, span, useMe, useRows, userZone, words } from '../../kit.js';
import { measured, signed } from '../stock/parts.js';
import { CloseHours, PublishAgain } from './backfill.js';
import { named, plus } from './days.js';

const TONES = { observed: 'blue', carried_forward: 'orange', missing: 'unknown' };

export function Day({ office, day }) {
  const of = useRows('coverage_day', { office, day });
  const row = of.rows?.[0];
  const parameters = { office, day };
  return h(React.Fragment, null,
    h(C.Box, { display: 'grid', gridTemplateColumns: { base: 'minmax(0, 1fr)', lg: 'minmax(0, 2fr) minmax(0, 3fr)' }, gap: 4, alignItems: 'start' },
      h(Panel, { title: named(day), dataset: 'coverage_day', parameters },
        h(Loaded, { of, empty: 'This day has no coverage: it lies before the first pull of the office, or has not ended.' },
          row && h(Known, { row }))),
      row && h(Pulls, { parameters })),
    row && row.status !== 'missing' && h(Changes, { row, parameters }),
    row && row.status !== 'missing' && h(Stock, { row, parameters }));
}

function Known({ row }) {
  const missing = row.status === 'missing';
  // Within the tolerance a missing day can still be observed.
  const pullUntil = row.can_be_pulled && row.status !== 'observed' ? row.tolerance_end : undefined;
  return h(C.VStack, { align: 'stretch', gap: 3, fontSize: 'sm' },
    h(Sentence, { row, pullUntil }),
    !missing && h(C.Text, { color: 'fg.muted', fontSize: 'xs' }, row.published_rows > 0
      ? `${count(row.published_rows, 'product')} published. The day ended at `
      : 'No row is published: the day was not published yet, or the office had no stock. The day ended at ', h(Instant, { value: row.day_end }), '.'),
    (!missing || pullUntil) && h(C.Box, null, h(PublishAgain, { first: row.business_date, last: row.business_date, pullUntil, label: row.published_rows > 0 ? 'Publish again' : 'Publish' })),
    h(Gaps, { office: row.office_id, first: row.business_date, last: row.business_date, missing,
      note: row.hours_covered < row.hours ? `${row.hours_covered} of ${row.hours} hours are covered by pulls of changes. Not covered:` : `All ${row.hours} hours are covered by pulls of changes.` }));
}

const PullLink = ({ id }) => h(Go, { to: 'ledger', with: { pull: id } }, `pull ${id}`);

function Sentence({ row, pullUntil }) {
  return h(C.Text, null, h(Tag, { tone: TONES[row.status] }, words(row.status)), ' ', h(Why, { row, pullUntil }));
}

function Why({ row, pullUntil }) {
  const { days } = useMe();
  const within = count(days.tolerance_hours, 'hour');
  const say = (...parts) => h(React.Fragment, null, ...parts);
  if (row.status === 'observed') {
    return say(h(PullLink, { id: row.closing_pull_id }), ' read the whole office at ', h(Instant, { value: row.closing_pull_at }), `, ${span(seconds(row.day_end, row.closing_pull_at))} after the day ended.`);
  }
  if (row.status === 'carried_forward') {
    return say(`No complete pull of the office was made within ${within} after the day ended. So each product has its last observation before that. `,
      row.last_pull_id && say('The last complete pull of the office before was ', h(PullLink, { id: row.last_pull_id }), ' at ', h(Instant, { value: row.last_pull_at }), '.'));
  }
  if (pullUntil) return say('The office was not pulled yet. Until ', h(Instant, { value: pullUntil }), ' a pull can still close the day.');
  return `No complete pull of the office, and none of changes, was made in the ${count(days.carry_days, 'day')} before the day ended, or of the office within ${within} after. The stock of this day cannot be known, and no backfill can change that. It is not zero.`;
}

const seconds = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;

/** The hours of some days that are not covered, each gap with its button. */
export function Gaps({ office, first, last, missing, note }) {
  const { may } = useMe();
  const of = useRows('uncovered_hours', { office, first_day: first, last_day: last, limit: 50 });
  const rows = of.rows ?? [];
  return h(C.Box, { as: 'section', 'aria-label': 'Hours that are not covered' },
    h(C.Text, { fontSize: 'sm', mb: 1 }, note),
    of.problem && h(Notice, null, of.problem.message),
    rows.length > 0 && h(C.VStack, { as: 'ul', align: 'stretch', gap: 1, listStyleType: 'none' },
      rows.map((gap, i) => h(C.HStack, { as: 'li', key: gap.gap_start, justify: 'space-between', gap: 3, wrap: 'wrap', fontSize: 'xs' },
        h(Span, { gap }),
        // Without the right, the reason beside the first button is enough.
        !missing && (i === 0 || may[dagId('inventory_updates_hourly')] !== false) && h(CloseHours, { gap })))),
    of.more && h(C.Text, { fontSize: 'xs', color: 'fg.muted', mt: 1 }, 'There are more gaps: closing an earlier one closes all after it.'));
}

// The date of the end only where it is another one.
function Span({ gap }) {
  const [start, end] = [gap.gap_start, gap.gap_end].map((instant) => inZone(instant, userZone()));
  const until = start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end;
  return h(C.Text, { as: 'span', fontVariantNumeric: 'tabular-nums' }, `${start} to ${until} · ${count(gap.hours, 'hour')}`);
}

function Pulls({ parameters }) {
  const { may } = useMe();
  const tones = { complete: 'ok', incomplete: 'warning', held_back: 'problem', failed: 'problem' };
  const run = (row) => (row.run_id && may[row.dag_id] !== undefined
    ? h(C.Link, { asChild: true, variant: 'underline', fontSize: 'xs' }, h(Router.Link, { to: `/dags/${row.dag_id}/runs/${encodeURIComponent(row.run_id)}` }, 'run'))
    : null);
  const columns = [
    { key: 'pull_id', label: 'pull', render: (row) => h(Go, { to: 'ledger', with: { pull: row.pull_id } }, row.pull_id) },
    { key: 'role', render: (row) => (row.role === 'closing pull' ? h('strong', null, row.role) : row.role) },
    { key: 'status', render: (row) => h(C.Box, { title: row.problem ?? undefined }, h(Tag, { tone: tones[row.status] }, words(row.status))) },
    { key: 'first_page_at', label: 'first page', render: (row) => h(Instant, { value: row.first_page_at ?? row.started_at }) },
    { key: 'items', numeric: true },
    { key: 'changes', numeric: true },
    { key: 'run', label: '', render: run },
  ];
  return h(TablePanel, { title: 'Pulls', note: 'From the start of the day to the end of the tolerance after it.', dataset: 'day_pulls', parameters, columns, pageSize: 8,
    empty: 'There is no pull of this office, and none of changes.' });
}

function Changes({ row, parameters }) {
  const tones = { appeared: 'ok', gone: 'problem', increased: 'blue', decreased: 'orange' };
  const columns = [
    { key: 'product_name', label: 'product', render: productLink },
    { key: 'category' },
    { key: 'change', render: (each) => h(Tag, { tone: tones[each.change] }, each.change) },
    withUnit('day before', 'quantity_before', 'measurement_before'),
    withUnit('quantity', 'quantity', 'measurement'),
    signed('difference'),
  ];
  return h(TablePanel, { title: 'Changes against the day before', dataset: 'day_changes', parameters, columns, pageSize: 15,
    note: `From the end of ${plus(row.business_date, -1)} to the end of ${row.business_date}.`,
    empty: 'No stock differs, or one of the two days is not published: then there is nothing to compare.' });
}

// Each quantity with its own unit: a product may have another one the day before.
const withUnit = (label, key, unit) => ({
  ...measured(key, label), render: (row) => (row[key] === null ? '–' : measured(key).render({ [key]: row[key], measurement: row[unit] })),
});
const productLink = (row) => h(C.HStack, { gap: 2 },
  h(Go, { to: 'stock', with: { product: row.product_id } }, row.product_name ?? `Product ${row.product_id}`), h(Screen, { href: row.product_url }));

function Stock({ row, parameters }) {
  const age = (each) => (each.age_seconds < 0 ? `${span(-each.age_seconds)} after the end` : span(each.age_seconds));
  const columns = [
    { key: 'product_name', label: 'product', render: productLink },
    { key: 'brand' },
    { key: 'category' },
    measured('quantity'),
    { key: 'package_count', label: 'packages', numeric: true },
    { key: 'basis', render: (each) => h(Tag, { tone: TONES[each.basis] }, words(each.basis)) },
    { key: 'observed_at', label: 'observed at', render: (each) => h(Instant, { value: each.observed_at }) },
    { key: 'age', label: 'age at its end', numeric: true, render: age },
  ];
  return h(TablePanel, { title: 'Stock at the end of the day', dataset: 'day_stock', parameters, columns, pageSize: 25,
    empty: row.published_rows > 0 ? 'No product is found.' : 'No row is published for this day: publish it, above.' });
}
