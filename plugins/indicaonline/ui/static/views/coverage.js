// Coverage: which business days and hours are known, of all offices at a glance, and of one office day by day.
import { C, Finder, Go, Loaded, Notice, Panel, React, Table, count, firstRuns, h, inZone, useAddress, useMe, useRows } from '../kit.js';
import { Chart } from '../chart.js';
import { Calendar, Legend } from './coverage/calendar.js';
import { Day } from './coverage/day.js';
import { isDay, plus, weekOf } from './coverage/days.js';
import { Range } from './coverage/range.js';

const PERIODS = { '13 weeks': 91, '1 year': 365 };
// Twenty-seven offices for two years, or two hundred for three months.
const MOST = 20000;

export default function Coverage() {
  const [at, change] = useAddress();
  const { now, zone } = useMe();
  const today = inZone(now, zone).slice(0, 10);
  const period = at.period in PERIODS ? at.period : at.office ? '1 year' : '13 weeks';
  const first = isDay(at.from) ? at.from : weekOf(plus(today, -PERIODS[period]));
  const last = isDay(at.to) ? at.to : undefined;
  const parameters = { office: at.office, first_day: first, last_day: last };
  const days = useRows('coverage_calendar', { ...parameters, limit: MOST });
  const select = (office, day, until) => change({ office, day, last: until === day ? undefined : until });
  return h(C.VStack, { align: 'stretch', gap: 4 },
    h(Controls, { at, change, first, last, yesterday: plus(today, -1), period, name: at.office && days.rows?.[0]?.office_name }),
    days.more && h(Notice, { status: 'warning' }, `Only the first ${count(MOST, 'day')} are drawn: choose an office, or a shorter period.`),
    at.office ? h(Office, { at, days, parameters, select }) : h(Offices, { days, parameters, select }),
    at.office && isDay(at.day) && (isDay(at.last)
      ? h(Range, { key: `${at.day} ${at.last}`, office: at.office, first: at.day, last: at.last })
      : h(Day, { key: at.day, office: at.office, day: at.day })));
}

function Controls({ at, change, first, last, yesterday, period, name }) {
  const field = (label, key, value) => h(C.Box, null,
    h(C.Text, { as: 'label', htmlFor: `coverage-${key}`, fontSize: 'xs', fontWeight: 'medium', display: 'block', mb: 1 }, label),
    h(C.Input, { id: `coverage-${key}`, type: 'date', size: 'sm', width: '150px', value: value ?? '', onChange: (event) => change({ [key]: event.target.value, period: undefined }) }));
  return h(C.HStack, { gap: 4, align: 'end', wrap: 'wrap' },
    h(Finder, { label: 'Office', dataset: 'find_offices', value: at.office && (name ?? `Office ${at.office}`), placeholder: 'All offices', onChoose: (row) => change({ office: row.id, day: undefined, last: undefined }) }),
    at.office && h(C.Button, { size: 'sm', variant: 'ghost', onClick: () => change({ office: undefined, day: undefined, last: undefined }) }, 'All offices'),
    h(C.HStack, { gap: 1, role: 'group', 'aria-label': 'Period' }, Object.keys(PERIODS).map((each) => {
      const pressed = each === period && !at.from && !at.to;
      return h(C.Button, { key: each, size: 'sm', variant: pressed ? 'subtle' : 'ghost', 'aria-pressed': pressed, onClick: () => change({ period: each, from: undefined, to: undefined }) }, each);
    })),
    h(C.HStack, { gap: 3 }, field('From', 'from', first), field('To', 'to', last ?? yesterday)));
}

// ---- all offices

const isNew = () => `No office is known yet: ${firstRuns()}. Each business day appears here after its end.`;

function Offices({ days, parameters, select }) {
  const offices = useRows('coverage_offices', { ...parameters, limit: 500 });
  // Shift extends the selection in the calendar of the office, which a first click opens.
  const pick = (datum) => select(datum.office_id, datum.business_date);
  const share = (row) => (row.hours > 0 ? `${Math.floor((100 * row.hours_covered) / row.hours)} %` : '–');
  const columns = [
    { key: 'office_name', label: 'office', render: (row) => h(Go, { to: 'coverage', with: { ...period(parameters), office: row.office_id } }, row.office_name) },
    { key: 'observed', numeric: true },
    { key: 'carried_forward', label: 'carried forward', numeric: true },
    { key: 'missing', numeric: true },
    { key: 'hours', label: 'hours covered', numeric: true, render: share },
    { key: 'last_unobserved_day', label: 'last day not observed', render: (row) => (row.last_unobserved_day
      ? h(Go, { to: 'coverage', with: { ...period(parameters), office: row.office_id, day: row.last_unobserved_day } }, row.last_unobserved_day)
      : row.days > 0 ? 'none' : 'no day yet') },
    { key: 'time_zone', label: 'time zone of its days' },
  ];
  return h(React.Fragment, null,
    h(Panel, { title: 'All offices', note: 'Select a day to see how it is known. The larger a dot, the more hours of the day are not covered.', dataset: 'coverage_calendar', parameters },
      h(Loaded, { of: days, empty: 'No business day has ended since the first pull: the day of a pull appears here after its end.' },
        h(Chart, { name: 'coverage_calendar', rows: days.rows, label: 'Coverage of each business day of each office', onSelect: pick }))),
    h(Panel, { title: 'Days by office', dataset: 'coverage_offices', parameters },
      h(Loaded, { of: offices, empty: isNew() }, h(Table, { columns, rows: offices.rows ?? [], label: 'Days of each office, by how they are known' }))));
}

const period = ({ first_day, last_day }) => ({ from: first_day, to: last_day });

// ---- one office

function Office({ at, days, parameters, select }) {
  const name = days.rows?.[0]?.office_name ?? `Office ${at.office}`;
  const first = isDay(at.day) ? at.day : undefined;
  const note = 'Select a day to see how it is known; Shift selects a range. With the keyboard: arrow keys, and Enter.';
  return h(Panel, { title: name, note, dataset: 'coverage_calendar', parameters },
    h(Loaded, { of: days, empty: 'No business day of this office lies in the period: its days begin with its first pull.' },
      days.rows?.length > 0 && h(React.Fragment, null,
        h(Calendar, { rows: days.rows, label: `Coverage of ${name}`, first, last: isDay(at.last) ? at.last : first, onSelect: (day, until) => select(at.office, day, until) }),
        h(Legend))));
}
