import { expect, test } from 'vitest';

import en from '../messages/en.json';
import { formatBytes, formatTime, t, tn } from './messages';

test('values are put in and numbers grouped', () => {
  expect(t('job.of', { done: 1234567, total: 2 })).toBe('1,234,567 of 2');
});

test('one and many', () => {
  expect([tn('votes.total', 1), tn('votes.total', 2)]).toEqual(['1 row', '2 rows']);
});

test('sizes are readable', () => {
  expect([formatBytes(999), formatBytes(44129), formatBytes(1_500_000)]).toEqual(['999 bytes', '44 KB', '1.5 MB']);
});

test('a time in UTC says so, others stay as written', () => {
  expect(formatTime('2026-02-10T16:51:12.798259+00:00')).toBe('2026-02-10 16:51:12 UTC');
  expect(formatTime('2026-02-10 16:51:12')).toBe('2026-02-10 16:51:12');
});

test('no text accuses anybody, and every plural has both forms', () => {
  for (const [key, text] of Object.entries(en)) {
    expect(text.toLowerCase(), key).not.toContain('fraud');
    if (key.endsWith('.one')) expect(Object.keys(en)).toContain(key.replace(/one$/, 'other'));
  }
});
