// A range of business days of an office: how many are known, and what can be repeated for all of them.
import { C, Loaded, Panel, Tile, h, quantity, useRows } from '../../kit.js';
import { PublishAgain } from './backfill.js';
import { Gaps } from './day.js';
import { daysBetween, named } from './days.js';

export function Range({ office, first, last }) {
  const parameters = { office, first_day: first, last_day: last };
  const of = useRows('coverage_offices', parameters);
  const end = useRows('coverage_day', { office, day: last }).rows?.[0];
  const row = of.rows?.[0];
  const days = daysBetween(first, last) + 1;
  return h(Panel, { title: named(first, last), note: `${days} days are selected.`, dataset: 'coverage_offices', parameters },
    h(Loaded, { of },
      row && h(C.VStack, { align: 'stretch', gap: 4 },
        h(C.HStack, { gap: 3, wrap: 'wrap', align: 'stretch' },
          h(Tile, { label: 'Observed', value: quantity(row.observed) }),
          h(Tile, { label: 'Carried forward', value: quantity(row.carried_forward), tone: row.carried_forward > 0 ? 'warning' : undefined }),
          h(Tile, { label: 'Missing', value: quantity(row.missing), tone: row.missing > 0 ? 'problem' : undefined, note: row.missing > 0 ? 'cannot be known' : undefined }),
          h(Tile, { label: 'Hours covered', value: `${quantity(row.hours_covered)} of ${quantity(row.hours)}` })),
        row.days > row.missing && h(C.Box, null, h(PublishAgain, {
          first, last, missing: Number(row.missing), label: 'Publish these days again', pullUntil: end?.can_be_pulled && end.status !== 'observed' ? end.tolerance_end : undefined,
        })),
        h(Gaps, { office, first, last, note: row.hours > row.hours_covered ? 'Hours that are not covered:' : 'All hours of these days are covered.' }))));
}
