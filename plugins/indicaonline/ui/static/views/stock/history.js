// The stock of a product over time: at the end of each business day, its changes, and its movements by day.
import { C, Loaded, Notice, Panel, React, TablePanel, h, useMe, useRows, words } from '../../kit.js';
import { Chart } from '../../chart.js';
import { addDays, dayOf } from '../../zone.js';
import { Choice, PagedTable, amount, instant, measurement, office, signed, text } from './parts.js';

const SPANS = { '4w': ['4 weeks', 28], '13w': ['13 weeks', 91], '1y': ['1 year', 365] };
const DEFAULT = '13w';
// As many rows as the server gives at once.
const ROWS = 20000;

export default function History({ scope, address, change }) {
  const { zone, now } = useMe();
  const span = SPANS[address.span] ? address.span : DEFAULT;
  const today = dayOf(now, zone);
  const parameters = { ...scope, first_day: addDays(today, -SPANS[span][1]), last_day: today };
  const choice = h(Choice, {
    label: 'Time to show', value: span, options: Object.entries(SPANS).map(([key, [label]]) => [key, label]), onChoose: (key) => change({ span: key === DEFAULT ? null : key }),
  });
  return h(React.Fragment, null,
    h(OverTime, { parameters, actions: choice }), h(Changes, { parameters }), h(Movements, { parameters }));
}

function OverTime({ parameters, actions }) {
  const days = useRows('stock_over_time', { ...parameters, limit: ROWS });
  return h(Panel, {
    title: 'Stock over time', note: 'At the end of each business day. A ring is an older value, carried forward. A gap is a day that is not known: it is not zero.',
    dataset: 'stock_over_time', parameters, actions,
  },
  h(Loaded, { of: days, empty: 'No business day of this time is published: choose a longer time.' },
    days.rows && h(Drawn, { of: days, name: 'stock_over_time', label: 'Stock at the end of each business day' })));
}

/** A chart, and a sentence where it does not hold all rows. */
function Drawn({ of, name, label }) {
  return h(React.Fragment, null,
    of.more && h(Notice, { status: 'warning', mb: 2 }, 'The chart holds the first 20,000 rows only: choose one office, or a shorter time.'),
    // Some charts have a panel for each office.
    h(C.Box, { maxH: '560px', overflowY: 'auto' }, h(Chart, { name, rows: of.rows, label })));
}

function Changes({ parameters }) {
  const changes = useRows('stock_changes', { ...parameters, limit: ROWS });
  const columns = [
    instant('observed_at', 'seen'), ...(parameters.office ? [] : [office({ product: parameters.product })]),
    signed('change'), amount('quantity', 'after'), measurement, { key: 'reason', render: (row) => words(row.reason) },
  ];
  return h(TablePanel, {
    title: 'Changes', note: 'Each change that was observed, the latest first.', dataset: 'product_changes', parameters, columns, pageSize: 10,
    empty: 'No change was observed in this time.',
  }, changes.rows?.length > 0 && h(C.Box, { mb: 3 }, h(Drawn, { of: changes, name: 'stock_changes', label: 'Observed changes of the stock' })));
}

function Movements({ parameters }) {
  const days = useRows('movements', { ...parameters, limit: ROWS });
  const latest = React.useMemo(() => [...(days.rows ?? [])].sort((a, b) => b.business_date.localeCompare(a.business_date)), [days.rows]);
  const columns = [
    text('business_date', 'day'), ...(parameters.office ? [] : [office({ product: parameters.product })]),
    amount('opening'), amount('increase'), amount('depletion'), amount('closing'), measurement,
  ];
  return h(Panel, {
    title: 'Movements', note: 'Depletion includes transfers and corrections: it is not sales.', dataset: 'movements', parameters,
  },
  h(Loaded, { of: days, empty: 'No movement in this time.' }, days.rows && h(React.Fragment, null,
    h(C.Box, { mb: 3 }, h(Drawn, { of: days, name: 'movements', label: 'Increase and depletion by business day' })),
    h(PagedTable, { columns, rows: latest, label: 'Movements by business day', pageSize: 10 }))));
}
