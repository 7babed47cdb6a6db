// Lengths of the bars that compare spans of incidents with one another and with their targets.

import type { IntervalView } from '../ipc/generated/IntervalView';

export interface IntervalBar {
  n: number;
  meanMs: number | null;
  targetMs: number | null;
  /** Lengths on the common scale. */
  mean: number | null;
  median: number | null;
  p90: number | null;
  target: number | null;
  /** True where the mean is past its target. */
  isOver: boolean;
}

/** Milliseconds as `h:min`, rounded down. */
export function hours(ms: number | null): string {
  if (ms === null) return '';
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** Bars on one scale: the longest of all lengths takes the whole width. */
export function barsOf(intervals: IntervalView[], width: number): IntervalBar[] {
  const longest = Math.max(1, ...intervals.flatMap((one) => [one.meanMs ?? 0, one.medianMs ?? 0, one.p90Ms ?? 0, one.targetMs ?? 0]));
  const length = (ms: number | null) => (ms === null ? null : (Math.max(0, ms) / longest) * width);
  return intervals.map((one) => ({
    n: one.n,
    meanMs: one.meanMs,
    targetMs: one.targetMs,
    mean: length(one.meanMs),
    median: length(one.medianMs),
    p90: length(one.p90Ms),
    target: length(one.targetMs),
    isOver: one.meanMs !== null && one.targetMs !== null && one.meanMs > one.targetMs,
  }));
}
