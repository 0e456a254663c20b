// A product: its stock in all offices or in one, now and as of any instant, its history, its packages and their expiry.
import { C, Loaded, Panel, React, Screen, TablePanel, Table, Tile, count, h, quantity, useRows, words } from '../../kit.js';
import { useStockCheck } from './check.js';
import History from './history.js';
import { Expiring } from './overview.js';
import { Instants, amount, given, instant, measured, measurement, office, pack, seen, signed, text, totals, useTime } from './parts.js';

const OFFICES = 500;

export default function Product({ product, address, change }) {
  const found = useRows('product', { product });
  const scope = address.office ? { product, office: address.office } : { product };
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Loaded, { of: found, empty: `The warehouse has no product ${product}: choose one by its name, or check its stock now.` },
      found.rows?.[0] && h(Header, { of: found.rows[0] })),
    h(Current, { product, scope, name: found.rows?.[0]?.product_name ?? `product ${product}` }),
    h(History, { scope, address, change }),
    h(Past, { scope, address, change }),
    h(Packages, { scope }),
    h(Expiring, { parameters: scope }));
}

function Header({ of }) {
  const facts = [of.brand, of.category, of.measurement && `measured in ${words(of.measurement)}`, `id ${of.product_id}`, !of.is_in_catalogue && 'not in the catalogue'];
  return h(C.HStack, { gap: 3, wrap: 'wrap', align: 'baseline' },
    h(C.Heading, { size: 'lg', as: 'h2' }, of.product_name),
    h(C.Text, { fontSize: 'sm', color: 'fg.muted' }, facts.filter(Boolean).join(' · ')),
    h(Screen, { href: of.product_url }));
}

// ---- now

function Current({ product, scope, name }) {
  const stock = useRows('product_stock', { ...scope, limit: OFFICES });
  const check = useStockCheck(product, name, stock.reload);
  const columns = [
    office({ product }), amount('quantity'), measurement, { key: 'package_count', label: 'packages', numeric: true },
    amount('days_of_supply', 'days left'), amount('depletion_per_day', 'depletion a day'), instant('observed_at', 'last seen'), instant('changed_at', 'last change'),
  ];
  return h(Panel, {
    title: scope.office ? 'Stock now' : 'Stock now, in all offices', note: 'As last seen. Days left: at the rate of depletion of the days on which it was in stock.',
    dataset: 'product_stock', parameters: scope, actions: check.button,
  },
  check.answer,
  h(Loaded, { of: stock, empty: 'No office ever listed this product.' },
    stock.rows && h(React.Fragment, null,
      h(Totals, { of: stock }),
      h(Table, { columns, rows: stock.rows, label: 'Stock of the product by office' }))));
}

function Totals({ of }) {
  // Sums of a part of the offices would be wrong.
  if (of.more || of.rows.length < 2) return null;
  const holding = of.rows.filter((row) => Number(row.quantity) > 0);
  return h(C.HStack, { gap: 3, mb: 3, wrap: 'wrap', align: 'stretch' },
    totals(of.rows).map((sum) => h(Tile, { key: sum.measurement, label: `In all offices, ${words(sum.measurement)}`, value: quantity(sum.quantity) })),
    h(Tile, { label: 'In stock', value: count(holding.length, 'office'), note: `of ${of.rows.length} that ever listed it` }));
}

// ---- as of an instant

function Past({ scope, address, change }) {
  const time = useTime();
  const [at, since] = [given(address.at), given(address.since)];
  const fields = [{ name: 'since', label: 'Compared with', optional: true }, { name: 'at', label: 'As of' }];
  const columns = [
    office({ product: scope.product }),
    ...(since ? [amount('quantity_since', 'before'), seen('seen_since', since)] : []),
    amount('quantity_at', since ? 'after' : 'quantity'), seen('seen_at', at),
    { ...measurement, render: (row) => words(row.measurement_at ?? row.measurement_since) },
    ...(since ? [signed('difference')] : []),
  ];
  const form = h(C.Box, { mb: 3 }, h(Instants, { fields, values: { at, since }, onSubmit: (values) => change(values) },
    at && h(C.Button, { size: 'sm', variant: 'ghost', onClick: () => change({ at: null, since: null }) }, 'Clear')));
  if (!at) return h(Panel, { title: 'Stock as of a time', note: 'What was known at any time, and the difference between two times.' }, form);
  return h(TablePanel, {
    title: 'Stock as of a time', note: since ? `From ${time(since)} to ${time(at)}. A value that was not known is unknown, not zero.` : `As known at ${time(at)}.`,
    dataset: 'stock_difference', parameters: { ...scope, at, since }, columns,
    empty: 'Nothing was known of this product at that time: enter a later time.',
  }, form);
}

// ---- packages

function Packages({ scope }) {
  const columns = [
    pack, ...(scope.office ? [] : [office({ product: scope.product })]), measured('quantity'), text('vendor'), text('batch_id', 'batch'),
    text('check_in_date', 'checked in'), text('best_by', 'best by'), instant('changed_at', 'last change'), { key: 'screen', label: '', render: (row) => h(Screen, { href: row.package_url }) },
  ];
  return h(TablePanel, {
    title: 'Packages now', note: 'The first is to be sold first: the earliest best-by date, then the earliest check-in.', dataset: 'product_packages', parameters: scope, columns,
    empty: 'No package of this product is known to be in stock.', pageSize: 20,
  });
}
