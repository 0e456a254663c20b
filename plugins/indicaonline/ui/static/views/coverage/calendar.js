// The calendar of one office: a column is a week, a square is a business day. Buttons, so that the keyboard reaches them.
import { C, React, h, words } from '../../kit.js';
import { daysBetween, monthName, plus, weekOf, weekdayName } from './days.js';

const { useEffect, useRef, useState } = React;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const STEPS = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1, PageUp: -28, PageDown: 28 };

// One style for all squares: a component for each of a year would take longer to draw than everything else.
const STYLE = {
  '& button': { width: '100%', aspectRatio: '1', borderRadius: '3px', display: 'grid', placeItems: 'center', cursor: 'pointer' },
  '& button:focus-visible': { outlineWidth: '2px', outlineStyle: 'solid', outlineColor: 'fg', outlineOffset: '1px', zIndex: 1 },
  '& [data-status=observed]': { bg: 'blue.500' },
  '& [data-status=carried_forward]': { bg: 'orange.400' },
  '& [data-status=missing]': { borderWidth: '1px', borderColor: 'fg.muted', color: 'fg.muted', fontSize: '10px', lineHeight: 1 },
  '& [data-picked=true]': { outlineWidth: '2px', outlineStyle: 'solid', outlineColor: 'fg' },
  '& [data-open]': { bg: 'bg', borderRadius: 'full', aspectRatio: '1' },
};

/** Rows of coverage_calendar of one office, in the order of days. `onSelect` gets the first and the last selected day. */
export function Calendar({ rows, label, first, last, onSelect }) {
  const start = rows[0].business_date;
  const end = rows.at(-1).business_date;
  const within = (day) => (day < start ? start : day > end ? end : day);
  const [focused, setFocused] = useState(within(last ?? end));
  const grid = useRef(null);
  const moved = useRef(false);
  // The end of the selection that has the focus keeps it.
  useEffect(() => setFocused((before) => (before === first || before === last ? within(before) : within(last ?? end))), [start, end, first, last]);
  useEffect(() => {
    // The focus follows the keys only: a selection from elsewhere must not take it.
    if (moved.current) grid.current?.querySelector(`[data-day="${focused}"]`)?.focus();
    moved.current = false;
  }, [focused]);

  const extend = (target) => {
    // The end of the range that has the focus moves, the other one stays.
    const fixed = first !== last && focused === first ? last : first ?? focused;
    onSelect(...(target < fixed ? [target, fixed] : [fixed, target]));
  };
  const press = (day, event) => {
    setFocused(day);
    if (event.shiftKey) extend(day);
    else onSelect(day, day);
  };
  const onKeyDown = (event) => {
    const target = { Home: start, End: end }[event.key] ?? (event.key in STEPS ? within(plus(focused, STEPS[event.key])) : null);
    if (target === null) return;
    event.preventDefault();
    moved.current = true;
    setFocused(target);
    if (event.shiftKey) extend(target);
  };

  const weeks = Array.from({ length: daysBetween(weekOf(start), weekOf(end)) / 7 + 1 }, (_, i) => plus(weekOf(start), 7 * i));
  const byDay = new Map(rows.map((row) => [row.business_date, row]));
  const cell = (day) => {
    const row = byDay.get(day);
    const picked = Boolean(first && day >= first && day <= last);
    return h('div', { key: day, role: 'gridcell', 'aria-selected': picked },
      row && h(Square, { row, picked, focusable: day === focused, press: (event) => press(day, event) }));
  };
  return h(C.Box, { css: STYLE, maxW: `${40 + 26 * weeks.length}px` },
    h(Months, { weeks }),
    h('div', { ref: grid, role: 'grid', 'aria-label': label, 'aria-multiselectable': true, onKeyDown, style: columns(weeks) },
      WEEKDAYS.map((name, i) => h('div', { key: name, role: 'row', style: { display: 'contents' } },
        h(C.Box, { role: 'rowheader', fontSize: '2xs', color: 'fg.muted', alignSelf: 'center', lineHeight: 1 }, i % 2 ? h(C.VisuallyHidden, null, name) : name),
        weeks.map((week) => cell(plus(week, i)))))));
}

const columns = (weeks) => ({ display: 'grid', gap: '3px', gridTemplateColumns: `32px repeat(${weeks.length}, minmax(0, 1fr))` });

// The name of a month stands above the week in which it begins, and that of the first one at the start.
function Months({ weeks }) {
  const begins = (week) => week !== undefined && (week.endsWith('-01') || week.slice(0, 7) !== plus(week, 6).slice(0, 7));
  const name = (week, i) => {
    if (begins(week)) return monthName(plus(week, 6));
    // Not where the next name would overlap it.
    return i === 0 && !begins(weeks[1]) && !begins(weeks[2]) ? monthName(week) : '';
  };
  return h('div', { 'aria-hidden': true, style: columns(weeks) }, h('span'),
    weeks.map((week, i) => h(C.Box, { key: week, fontSize: '2xs', color: 'fg.muted', whiteSpace: 'nowrap', width: 0 }, name(week, i))));
}

function Square({ row, picked, focusable, press }) {
  const open = row.status !== 'missing' && row.hours > 0 ? Math.max(0, row.hours - row.hours_covered) / row.hours : 0;
  const text = `${weekdayName(row.business_date)}, ${row.business_date}: ${words(row.status)}, ${row.hours_covered} of ${row.hours} hours covered`;
  return h('button', {
    type: 'button', 'data-day': row.business_date, 'data-status': row.status, 'data-picked': picked,
    'aria-label': text, title: text, tabIndex: focusable ? 0 : -1, onClick: press,
  }, row.status === 'missing' ? '×' : open > 0 ? h('span', { 'data-open': '', style: { width: `${25 + 35 * open}%` } }) : null);
}

/** What the squares mean. */
export function Legend() {
  const entry = (status, text, child) => h(C.HStack, { key: text, gap: 1.5 },
    h(C.Box, { width: '12px', css: STYLE }, h(C.Box, { 'data-status': status, width: '12px', height: '12px', borderRadius: '3px', display: 'grid', placeItems: 'center' }, child)),
    h(C.Text, { fontSize: 'xs', color: 'fg.muted' }, text));
  return h(C.HStack, { gap: 4, wrap: 'wrap', mt: 3, 'aria-label': 'Legend', role: 'group' },
    entry('observed', 'observed'),
    entry('carried_forward', 'carried forward'),
    entry('missing', 'missing', '×'),
    entry('observed', 'some hours not covered', h('span', { 'data-open': '', style: { width: '45%' } })));
}
