import { expect, test } from 'vitest';

import type { IntervalView } from '../ipc/generated/IntervalView';
import { barsOf, hours } from './intervals';

const interval = (meanMs: number | null, targetMs: number | null): IntervalView => ({ id: 'mttd', severity: null, n: 1, without: 0, meanMs, medianMs: meanMs, p90Ms: meanMs, targetMs, negative: [] });

test('spans are written as hours and minutes, rounded down', () => {
  expect([hours(null), hours(59_999), hours(3_600_000), hours(5_459_999)]).toEqual(['', '0:00', '1:00', '1:30']);
});

test('bars share one scale, and one past its target says so', () => {
  const [short, long, none] = barsOf([interval(600_000, 900_000), interval(3_600_000, 1_800_000), interval(null, 900_000)], 400);
  expect([short?.mean, short?.target, short?.isOver]).toEqual([(600 / 3600) * 400, 100, false]);
  expect([long?.mean, long?.target, long?.isOver]).toEqual([400, 200, true]);
  expect([none?.mean, none?.isOver]).toEqual([null, false]);
});
