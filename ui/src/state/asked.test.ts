import { expect, test } from 'vitest';

import { fakeIpc, fakeVote } from '../ipc/fake';
import { anyAudit, anyCredentials, anyVotes, asksFor, fieldOf, numberOfVote, secondsOf } from './asked';

test('nothing asked is nothing asked, an order neither', () => {
  for (const asked of [anyVotes(), anyAudit(), anyCredentials(), { ...anyVotes(), sort: 'time' as const }]) expect(asksFor(asked)).toBe(false);
  expect(asksFor({ ...anyVotes(), marks: ['test'] })).toBe(true);
  expect(asksFor({ ...anyCredentials(), isUsed: false })).toBe(true);
  expect(asksFor({ ...anyAudit(), isNamed: true })).toBe(true);
});

test('a time field means UTC, and the end of what is written is its last second', () => {
  expect(secondsOf('2026-02-10 15:30', false)).toBe(1_770_737_400);
  expect(secondsOf('2026-02-10T15:30', true)).toBe(1_770_737_459);
  expect(secondsOf('2026-02-10 15:30:07', true)).toBe(1_770_737_407);
  expect(secondsOf('2026-02-10', true)).toBe(1_770_767_999);
  for (const text of ['yesterday', '', '2026-02-10 25:00', '10.2.2026']) expect(secondsOf(text, false), text).toBeNull();
  for (const text of ['2026-02-10 15:30', '2026-02-10 15:30:59']) expect(fieldOf(secondsOf(text, false))).toBe(text);
});

test('a vote is looked for until the search is done', async () => {
  let rounds = 0;
  const ipc = fakeIpc({
    votes_page: ({ asked, limit }) => {
      if (limit === 0) rounds += 1;
      const isDone = rounds === 3;
      const rows = isDone && asked.id === 'v7' ? [fakeVote(7)] : [];
      return { rows, extent: { known: rows.length, searched: rounds, total: 3, isDone }, isSortable: true, isPrepared: false };
    },
  });
  expect(await numberOfVote(ipc, 'e1', 'v7')).toBe(7);
  expect(await numberOfVote(ipc, 'e1', 'v8')).toBeNull();
});
