// What deserves attention, where neither a product nor an office is chosen.
import { C, TablePanel, h } from '../../kit.js';
import { amount, measured, measurement, office, pack, product, text } from './parts.js';

const PAGE = 10;

/** The lists of all offices, or of the office of the parameters. */
export default function Overview({ parameters = {} }) {
  const place = parameters.office ? [] : [office()];
  const of = product(parameters);
  return h(C.Box, { display: 'grid', gridTemplateColumns: { base: '1fr', xl: '1fr 1fr' }, gap: 4, alignItems: 'start' },
    h(TablePanel, {
      title: 'Ran out', note: 'Stock that ended in the last seven days, and did not return.', dataset: 'ran_out', parameters, pageSize: PAGE,
      columns: [of, ...place, text('business_date', 'day'), measured('opening', 'before')], empty: 'Nothing ran out in the last seven days.',
    }),
    h(TablePanel, {
      title: 'Runs out soon', note: 'Days left at the rate of the days on which it was in stock.', dataset: 'low_supply', parameters,
      pageSize: PAGE, columns: [of, ...place, measured('quantity'), amount('days_of_supply', 'days left')], empty: 'No rate of depletion is known yet: it needs published business days.',
    }),
    h(Expiring, { parameters, gridColumn: { xl: '1 / -1' } }));
}

/** Packages near their best-by date: all, or those of the product or the office of the parameters. */
export function Expiring({ parameters = {}, ...rest }) {
  const columns = [
    { key: 'best_by', label: 'best by' },
    { key: 'days_left', label: 'days left', numeric: true },
    ...(parameters.product ? [] : [product(parameters)]),
    ...(parameters.office ? [] : [office(parameters)]),
    pack, amount('quantity'), amount('at_risk_quantity', 'at risk'), measurement,
  ];
  return h(TablePanel, {
    title: 'Expires soon', note: 'Packages whose best-by date has passed or is near. At risk is what is left on that date if depletion continues at its rate.',
    dataset: 'expiring', parameters, pageSize: PAGE, columns,
    empty: 'No package in stock is near its best-by date.', ...rest,
  });
}
