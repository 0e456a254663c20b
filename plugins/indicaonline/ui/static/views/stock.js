// Stock: a product in all offices, or an office with all its products; now, over time, and as of any instant.
import { C, Finder, Notice, React, h, useAddress, useRows } from '../kit.js';
import Office from './stock/office.js';
import Overview from './stock/overview.js';
import { given } from './stock/parts.js';
import Product from './stock/product.js';

export default function Stock() {
  const [all, change] = useAddress();
  const whole = (id) => (/^\d+$/.test(id ?? '') ? id : undefined);
  const [product, office] = [whole(all.product), whole(all.office)];
  const address = { ...all, product, office };
  const view = product ? h(Product, { key: product, product, address, change })
    : office ? h(Office, { key: office, office, address, change }) : h(Overview);
  return h(C.VStack, { align: 'stretch', gap: 4 }, h(Chosen, { product, office, change }), h(Ignored, { address: all }), view);
}

/** What is chosen, and the fields to choose something else. A choice of a product keeps the office, and the reverse. */
function Chosen({ product, office, change }) {
  const names = useNames(product, office);
  const choose = (name) => (row) => change({ [name]: row.id, search: null, category: null });
  const clear = (name) => h(C.Button, {
    size: 'sm', variant: 'ghost', alignSelf: 'end', onClick: () => change({ [name]: null }), 'aria-label': `Clear the ${name}`,
  }, 'Clear');
  return h(C.HStack, { gap: 2, wrap: 'wrap', align: 'end' },
    h(Finder, { label: 'Product', dataset: 'find_products', value: names.product, onChoose: choose('product'), placeholder: 'Type a name or an id' }),
    product && clear('product'),
    h(Finder, { label: 'Office', dataset: 'find_offices', value: names.office, onChoose: choose('office'), placeholder: 'Type a name or an id' }),
    office && clear('office'));
}

/** What the address asks for in vain, so that the present is not taken for another time. */
function Ignored({ address }) {
  const [ids, times] = [['product', 'office'], ['at', 'since']];
  const problems = [
    ...ids.filter((name) => address[name] && !/^\d+$/.test(address[name])).map((name) => `${name} is not an id`),
    ...times.filter((name) => address[name] && !given(address[name])).map((name) => `${name} is not a time of the past`),
  ];
  return problems.length > 0 && h(Notice, { status: 'warning' }, `A part of the address is ignored: ${problems.join(', and ')}.`);
}

function useNames(product, office) {
  const products = useRows('product', product ? { product } : null);
  const offices = useRows('office', office ? { office } : null);
  return React.useMemo(() => ({
    product: product && (products.rows?.[0]?.product_name ?? `Product ${product}`),
    office: office && (offices.rows?.[0]?.office_name ?? `Office ${office}`),
  }), [product, office, products.rows, offices.rows]);
}
