import { expect, test } from 'vitest';

import type { ContestSetupView } from '../ipc/generated/ContestSetupView';
import { cast, isBlank, isFull, kindOf, move, nameOf, score, standing, toggle } from './ballot';

function contest(changes: Partial<ContestSetupView> = {}): ContestSetupView {
  const candidate = (id: string, status: 'accepted' | 'declined' = 'accepted') => ({ id, name: id.toUpperCase(), statement: '', voter: '', nominated_by: '', standing: status });
  return {
    id: 'c', title: 'C', description: '', seats: 1, method: 'plurality', arithmetic: null, most_choices: 0, most_points: 5,
    write_ins: true, victory: 'most_votes', ties: 'drawn_order', candidates: [candidate('a'), candidate('b'), candidate('x', 'declined')],
    exclusion_groups: [], ...changes,
  };
}

test('the counting rule says what is marked', () => {
  const kinds = ['plurality', 'approval', 'score', 'star', 'scotland', 'schulze'].map((method) => kindOf(contest({ method })));
  expect(kinds).toEqual(['single', 'several', 'scores', 'scores', 'ranked', 'ranked']);
  expect(standing(contest()).map((candidate) => candidate.id)).toEqual(['a', 'b']);
});

test('one choice takes the place of the other, several stop at the most that may be', () => {
  expect(toggle(contest(), ['a'], 'b')).toEqual(['b']);
  expect(toggle(contest(), ['a'], 'a')).toEqual([]);
  const several = contest({ method: 'approval', most_choices: 2 });
  expect(toggle(several, ['a'], 'b')).toEqual(['a', 'b']);
  expect(isFull(several, ['a', 'b'])).toBe(true);
  expect(toggle(several, ['a', 'b'], '=Jo')).toEqual(['a', 'b']);
});

test('a ranking is moved step by step and never out of itself', () => {
  expect(move(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(move(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c']);
  expect(move(['a', 'b', 'c'], 'a', 9)).toEqual(['b', 'c', 'a']);
  expect(move(['a'], 'z', 1)).toEqual(['a']);
});

test('points are given and taken back, and what is empty is not cast', () => {
  const given = score(undefined, 'a', 0);
  expect(given).toEqual({ a: 0 });
  expect(score(given, 'a', null)).toEqual({});
  expect(isBlank({ c: [], d: {} })).toBe(true);
  expect(isBlank({ c: given })).toBe(false);
  expect(cast({ c: [], d: ['a'] })).toEqual({ d: ['a'] });
  expect([nameOf(contest(), '=Jo Doe'), nameOf(contest(), 'a')]).toEqual(['Jo Doe', 'A']);
});
