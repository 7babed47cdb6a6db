import { expect, test } from 'vitest';

import { PAGE_ROWS, PagedRows, type Page } from './rows.svelte';

/** A store with the given keys, which counts its readings. */
function store(keys: number[]) {
  const readings: number[] = [];
  const load = async (after: number, limit: number): Promise<Page<number>> => {
    readings.push(after);
    const from = keys.findIndex((key) => key > after);
    return { rows: from === -1 ? [] : keys.slice(from, from + limit), total: keys.length };
  };
  return { readings, rows: new PagedRows(load, (key: number) => key) };
}

const range = (length: number, step = 1) => Array.from({ length }, (_, index) => (index + 1) * step);

test('the first page tells how many rows there are', async () => {
  const { rows } = store(range(1000));
  rows.want(0, 20);
  await rows.settled();
  expect(rows.total).toBe(1000);
  expect(rows.at(0)).toBe(1);
  expect(rows.at(999)).toBeNull();
});

test('an empty table is known to be empty', async () => {
  const { rows } = store([]);
  rows.want(0, 0);
  await rows.settled();
  expect(rows.total).toBe(0);
});

test('a jump over a million rows without gaps takes a few readings', async () => {
  const { rows, readings } = store(range(1_000_000));
  rows.want(0, 0);
  await rows.settled();
  rows.want(987_000, 987_020);
  await rows.settled();
  expect(rows.at(987_010)).toBe(987_011);
  expect(readings.length).toBeLessThan(5);
});

test('a jump over rows with gaps finds the right rows', async () => {
  const keys = range(20_000, 3);
  const { rows } = store(keys);
  rows.want(0, 0);
  await rows.settled();
  rows.want(15_000, 15_020);
  await rows.settled();
  expect(rows.at(15_010)).toBe(keys[15_010]);
});

test('a range over two pages has both', async () => {
  const { rows } = store(range(1000));
  rows.want(0, 0);
  await rows.settled();
  rows.want(PAGE_ROWS - 2, PAGE_ROWS + 2);
  await rows.settled();
  expect(rows.at(PAGE_ROWS + 1)).toBe(PAGE_ROWS + 2);
});

test('a failure is told and the next wish tries again', async () => {
  let isBroken = true;
  const rows = new PagedRows<number>(async () => {
    if (isBroken) throw new Error('the file is gone');
    return { rows: [1], total: 1 };
  }, (key) => key);
  rows.want(0, 0);
  await rows.settled();
  expect(rows.error?.message).toBe('the file is gone');
  isBroken = false;
  rows.want(0, 0);
  await rows.settled();
  expect([rows.error, rows.at(0)]).toEqual([null, 1]);
});
