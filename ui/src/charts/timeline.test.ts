import { expect, test } from 'vitest';

import { buildTimeline, minuteOf, moved, textOf, zoomed } from './timeline';

const event = (at: string, text = 'x') => ({ at, kind: 'opened', text });

test('times are read with and without offset', () => {
  expect(minuteOf('2026-02-10 17:58')).toBe(minuteOf('2026-02-10T17:58:30.5+00:00'));
  expect(minuteOf('2026-02-10T12:58:00-05:00')).toBe(minuteOf('2026-02-10 17:58'));
  expect(minuteOf('yesterday')).toBeNull();
  expect(textOf(minuteOf('2026-02-10 17:58') ?? 0)).toBe('2026-02-10 17:58');
});

test('no vote is lost between buckets and bars', () => {
  const buckets = Array.from({ length: 3000 }, (_, minute) => ({ at: textOf(28_000_000 + minute), votes: 2 }));
  const timeline = buildTimeline(buckets, [], true);
  expect(timeline?.bars.reduce((sum, bar) => sum + bar.votes, 0)).toBe(6000);
  expect(timeline?.bars.length).toBeLessThanOrEqual(121);
});

test('a single vote makes a picture, none makes no picture', () => {
  expect(buildTimeline([{ at: '2026-02-10 14:03', votes: 1 }], [], true)?.bars.length).toBe(1);
  expect(buildTimeline([], [event('2026-02-10 14:00')], true)).toBeNull();
});

test('neighbouring labels stand in different lanes', () => {
  const buckets = [
    { at: '2026-02-10 14:00', votes: 1 },
    { at: '2026-02-10 18:00', votes: 1 },
  ];
  const marks = buildTimeline(buckets, [event('2026-02-10 14:00'), event('2026-02-10 14:05')], true)?.marks ?? [];
  expect(marks.map((mark) => mark.lane)).toEqual([0, 1]);
});

test('an event far away does not squeeze the votes', () => {
  const buckets = [{ at: '2026-02-10 14:00', votes: 1 }];
  const timeline = buildTimeline(buckets, [event('2026-06-01 00:00')], true);
  expect(timeline?.marks.length).toBe(0);
});

test('a part of the time shows its own votes by the minute, and all parts together every vote', () => {
  const start = 28_000_000;
  const buckets = Array.from({ length: 3000 }, (_, minute) => ({ at: textOf(start + minute), votes: 1 + (minute % 3) }));
  const parts = Array.from({ length: 50 }, (_, part) => ({ from: start + part * 60, to: start + part * 60 + 60 }));
  let votes = 0;
  for (const part of parts) {
    const timeline = buildTimeline(buckets, [], true, part);
    expect(timeline?.minutesPerBar).toBe(1);
    votes += timeline?.bars.reduce((sum, bar) => sum + bar.votes, 0) ?? 0;
  }
  expect(votes).toBe(buckets.reduce((sum, bucket) => sum + bucket.votes, 0));
});

test('zooming stays around the place and within the whole', () => {
  const whole = { from: 0, to: 1000 };
  expect(zoomed(whole, whole, 1000, 0.5, true)).toEqual({ from: 500, to: 1000 });
  expect(zoomed({ from: 500, to: 1000 }, whole, 500, 2, true)).toBeNull();
  expect(zoomed({ from: 0, to: 40 }, whole, 20, 0.1, true)).toEqual({ from: 5, to: 35 });
  expect(moved({ from: 900, to: 1000 }, whole, 500)).toEqual({ from: 900, to: 1000 });
  expect(moved({ from: 900, to: 1000 }, whole, -2000)).toEqual({ from: 0, to: 100 });
});
