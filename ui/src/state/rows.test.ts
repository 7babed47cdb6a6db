import { expect, test } from 'vitest';

import { PAGE_ROWS, PagedRows, type Page, wholeExtent } from './rows.svelte';

/** A store of numbered rows, which counts its readings. */
function store(total: number) {
  const readings: number[] = [];
  const load = async (from: number, limit: number): Promise<Page<number>> => {
    readings.push(from);
    const end = Math.min(total, from + limit);
    return { rows: Array.from({ length: Math.max(0, end - from) }, (_, step) => from + step), extent: wholeExtent(total) };
  };
  return { readings, rows: new PagedRows(load) };
}

test('the first page tells how many rows there are', async () => {
  const { rows } = store(1000);
  rows.want(0, 20);
  await rows.settled();
  expect(rows.count).toBe(1000);
  expect(rows.at(0)).toBe(0);
  expect(rows.at(999)).toBeNull();
});

test('an empty table is known to be empty', async () => {
  const { rows } = store(0);
  rows.want(0, 0);
  await rows.settled();
  expect(rows.count).toBe(0);
});

test('a jump over ten million rows takes one reading', async () => {
  const { rows, readings } = store(10_000_000);
  rows.want(0, 0);
  await rows.settled();
  rows.want(7_300_000, 7_300_020);
  await rows.settled();
  expect(rows.at(7_300_010)).toBe(7_300_010);
  expect(readings.length).toBe(2);
});

test('fast scrolling reads the newest wish and not all between', async () => {
  const { rows, readings } = store(10_000_000);
  rows.want(0, 0);
  await rows.settled();
  for (let step = 1; step <= 500; step += 1) rows.want(step * 10_000, step * 10_000 + 20);
  await rows.settled();
  expect(rows.at(5_000_000)).toBe(5_000_000);
  expect(readings.length).toBeLessThanOrEqual(3);
});

test('a wish that comes just as the reading ends is not forgotten', async () => {
  const { rows } = store(100_000);
  rows.want(0, 0);
  await rows.settled();
  for (let turns = 0; turns < 12; turns += 1) {
    rows.want(1000 + turns * 2000, 1010 + turns * 2000);
    // One microtask more each time, so that some turn hits the moment between the end of the loop and its tidying.
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    rows.want(60_000 + turns * 400, 60_010 + turns * 400);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await rows.settled();
    expect(rows.at(60_005 + turns * 400), `${turns} microtasks`).toBe(60_005 + turns * 400);
  }
});

test('a range over two pages has both', async () => {
  const { rows } = store(1000);
  rows.want(PAGE_ROWS - 2, PAGE_ROWS + 2);
  await rows.settled();
  expect([rows.at(PAGE_ROWS - 1), rows.at(PAGE_ROWS + 1)]).toEqual([PAGE_ROWS - 1, PAGE_ROWS + 1]);
});

/** A search that finds a row more in every stretch. */
function search(stretches: number) {
  let done = 0;
  const load = async (from: number, limit: number): Promise<Page<number>> => {
    done = Math.min(stretches, done + 1);
    const rows = limit === 0 ? [] : Array.from({ length: done }, (_, row) => row).slice(from, from + limit);
    return { rows, extent: { known: done, searched: done * 100, total: stretches * 100, isDone: done === stretches } };
  };
  return new PagedRows(load);
}

test('a search goes on by itself and its rows arrive as they are found', async () => {
  const rows = search(7);
  rows.want(0, 20);
  await rows.settled();
  expect(rows.extent).toEqual({ known: 7, searched: 700, total: 700, isDone: true });
  expect(rows.at(6)).toBe(6);
});

test('a search that nobody looks at rests', async () => {
  const rows = search(1000);
  rows.want(0, 20);
  rows.stop();
  await rows.settled();
  expect(rows.extent?.isDone).toBe(false);
});

test('a failure is told and can be tried again', async () => {
  let isBroken = true;
  const rows = new PagedRows<number>(async () => {
    if (isBroken) throw new Error('the file is gone');
    return { rows: [1], extent: wholeExtent(1) };
  });
  rows.want(0, 0);
  await rows.settled();
  expect(rows.error?.message).toBe('the file is gone');
  isBroken = false;
  rows.again();
  await rows.settled();
  expect([rows.error, rows.at(0)]).toEqual([null, 1]);
});

test('rows that are said to be there and are not end in an error, not in endless asking', async () => {
  const rows = new PagedRows<number>(async () => ({ rows: [], extent: wholeExtent(5) }));
  rows.want(0, 4);
  await rows.settled();
  expect(rows.error?.message).toContain('cannot be read');
});
