// Turns votes by minute and events into bars and marks. Pure, so that screen, print and tests share it.

import type { TimeBucket } from '../ipc/generated/TimeBucket';
import type { TimelineEvent } from '../ipc/generated/TimelineEvent';

export interface Bar {
  /** Beginning, in minutes since 1970. */
  minute: number;
  at: string;
  votes: number;
}

export interface Mark {
  minute: number;
  event: TimelineEvent;
  /** Lane of its label, from 0, so that neighbours do not cover each other. */
  lane: number;
}

export interface Timeline {
  bars: Bar[];
  marks: Mark[];
  /** First and last minute of the axis. */
  from: number;
  to: number;
  minutesPerBar: number;
  peak: number;
  ticks: { minute: number; text: string }[];
}

const BARS_MAX = 120;
const BAR_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080];
const TICK_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200];
const TICKS_MAX = 9;

/** Minutes since 1970 of `2026-02-10 17:58` or a longer form; null where the text is no time. A missing offset means UTC. */
export function minuteOf(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?/.exec(text);
  if (!match) return null;
  const millis = Date.parse(`${match[1]}T${match[2]}${match[3] ?? ':00'}${match[4] ?? 'Z'}`);
  return Number.isNaN(millis) ? null : Math.floor(millis / 60_000);
}

/** `2026-02-10 17:58`, in UTC. */
export function textOf(minute: number): string {
  return new Date(minute * 60_000).toISOString().slice(0, 16).replace('T', ' ');
}

/** A part of the time axis, in minutes since 1970. */
export interface View {
  from: number;
  to: number;
}

/** The least that can be looked at: half an hour, a minute a bar; in evidence by the hour, a day. */
export function leastSpan(isByMinute: boolean): number {
  return isByMinute ? 30 : 1440;
}

/** A part around a minute, `factor` times as long as another, within the whole; null where it is the whole. */
export function zoomed(view: View, whole: View, around: number, factor: number, isByMinute: boolean): View | null {
  const span = Math.max(leastSpan(isByMinute), Math.round((view.to - view.from) * factor));
  if (span >= whole.to - whole.from) return null;
  const share = Math.min(1, Math.max(0, (around - view.from) / Math.max(1, view.to - view.from)));
  return moved({ from: Math.round(around - share * span), to: Math.round(around - share * span) + span }, whole, 0);
}

/** A part moved along the axis, within the whole. */
export function moved(view: View, whole: View, minutes: number): View {
  const span = view.to - view.from;
  const from = Math.min(Math.max(view.from + minutes, whole.from), whole.to - span);
  return { from, to: from + span };
}

/** Bars, marks and axis, of the whole time or a part of it; null where there is nothing to draw. */
export function buildTimeline(
  buckets: TimeBucket[],
  events: TimelineEvent[],
  isByMinute: boolean,
  view: View | null = null,
): Timeline | null {
  const times = buckets
    .map((bucket) => ({ minute: minuteOf(bucket.at), votes: bucket.votes }))
    .filter((bucket): bucket is { minute: number; votes: number } => bucket.minute !== null);
  if (times.length === 0) return null;
  if (view) return partOf(times, events, isByMinute, view);
  const minutes = times.map((bucket) => bucket.minute);
  const [first, last] = [minutes.reduce((a, b) => Math.min(a, b)), minutes.reduce((a, b) => Math.max(a, b))];
  const placed = events
    .map((event) => ({ event, minute: minuteOf(event.at) }))
    .filter((mark): mark is { event: TimelineEvent; minute: number } => mark.minute !== null)
    // Events far from the votes would squeeze all bars into a corner; the table lists them.
    .filter((mark) => mark.minute >= first - reach(first, last) && mark.minute <= last + reach(first, last))
    .sort((left, right) => left.minute - right.minute);
  const least = leastSpan(isByMinute);
  const begin = Math.min(first, placed[0]?.minute ?? first);
  const finish = Math.max(last + (isByMinute ? 1 : 60), placed.at(-1)?.minute ?? last);
  // A few minutes would otherwise fill the picture with a single bar.
  const spare = Math.max(0, Math.ceil((least - (finish - begin)) / 2));
  const [from, to] = [begin - spare, finish + spare];
  const span = Math.max(1, to - from);
  const minutesPerBar = barMinutes(span, isByMinute);
  const bars = barsOf(times, minutesPerBar);
  const start = Math.min(from, bars[0]?.minute ?? from);
  const end = Math.max(to, (bars.at(-1)?.minute ?? to) + minutesPerBar);
  return {
    bars,
    marks: laneMarks(placed, start, end),
    from: start,
    to: end,
    minutesPerBar,
    peak: bars.reduce((most, bar) => Math.max(most, bar.votes), 0),
    ticks: ticksBetween(start, end),
  };
}

type Counted = { minute: number; votes: number };

function barsOf(times: Counted[], minutesPerBar: number): Bar[] {
  const sums = new Map<number, number>();
  for (const { minute, votes } of times) {
    const start = Math.floor(minute / minutesPerBar) * minutesPerBar;
    sums.set(start, (sums.get(start) ?? 0) + votes);
  }
  return [...sums].sort(([left], [right]) => left - right).map(([minute, votes]) => ({ minute, at: textOf(minute), votes }));
}

function barMinutes(span: number, isByMinute: boolean): number {
  return BAR_MINUTES.find((size) => size >= (isByMinute ? 1 : 60) && span / size <= BARS_MAX) ?? 43200;
}

/** Bars that begin within a part of the time, and the events in it. */
function partOf(times: Counted[], events: TimelineEvent[], isByMinute: boolean, view: View): Timeline {
  const minutesPerBar = barMinutes(view.to - view.from, isByMinute);
  const from = Math.floor(view.from / minutesPerBar) * minutesPerBar;
  const bars = barsOf(
    times.filter(({ minute }) => minute >= from && minute < view.to),
    minutesPerBar,
  );
  const placed = events
    .map((event) => ({ event, minute: minuteOf(event.at) }))
    .filter((mark): mark is { event: TimelineEvent; minute: number } => mark.minute !== null && mark.minute >= from && mark.minute <= view.to)
    .sort((left, right) => left.minute - right.minute);
  return {
    bars,
    marks: laneMarks(placed, from, view.to),
    from,
    to: view.to,
    minutesPerBar,
    peak: bars.reduce((most, bar) => Math.max(most, bar.votes), 0),
    ticks: ticksBetween(from, view.to),
  };
}

/** How far beyond the votes an event is still drawn: half their span, at least an hour. */
function reach(first: number, last: number): number {
  return Math.max(60, (last - first) / 2);
}

function laneMarks(placed: { event: TimelineEvent; minute: number }[], from: number, to: number): Mark[] {
  const LABEL_SHARE = 0.17;
  const ends: number[] = [];
  return placed.map(({ event, minute }) => {
    const share = (minute - from) / Math.max(1, to - from);
    // A label near the right edge is written to the left of its mark and begins that much earlier.
    const begin = share > 1 - LABEL_SHARE ? share - LABEL_SHARE : share;
    let lane = ends.findIndex((end) => end <= begin);
    if (lane === -1) lane = ends.length < 4 ? ends.length : 3;
    ends[lane] = begin + LABEL_SHARE;
    return { minute, event, lane };
  });
}

function ticksBetween(from: number, to: number): { minute: number; text: string }[] {
  const step = TICK_MINUTES.find((size) => (to - from) / size <= TICKS_MAX) ?? 525_600;
  const ticks = [];
  for (let minute = Math.ceil(from / step) * step; minute <= to; minute += step) {
    const text = textOf(minute);
    ticks.push({ minute, text: step >= 1440 ? text.slice(0, 10) : text.slice(11) });
  }
  return ticks;
}
