import { expect, test } from 'vitest';

import type { CountView } from '../ipc/generated/CountView';
import { buildFlow, drawnRounds } from './flow';

function count(rounds: { votes: (string | null)[]; exhausted?: string; elected?: number[]; excluded?: number[] }[]): CountView {
  return {
    title: 'Board',
    rule: 'scotland',
    version: '1',
    arithmetic: 'fixed-p5-d5',
    seats: 1,
    quota: '6',
    votes: 10,
    candidates: ['Ada', 'Bo', 'Cy'].map((name, index) => ({ id: String(index + 1), name })),
    elected: [1],
    isTieDependent: false,
    whatIf: '',
    repairs: [],
    sensitivity: [],
    compared: null,
    files: [],
    rounds: rounds.map((round, index) => ({
      round: index + 1,
      votes: round.votes,
      quota: null,
      elected: round.elected ?? [],
      excluded: round.excluded ?? [],
      exhausted: round.exhausted ?? '0',
      causes: [],
      transfers: [],
      tie: null,
      sentence: '',
    })),
  };
}

test('votes of an excluded candidate flow to those who gained and out of the count', () => {
  const flow = buildFlow(
    count([
      { votes: ['4', '3', '3'], excluded: [2] },
      { votes: ['4', '5', null], exhausted: '1', elected: [1] },
    ]),
    300,
  );
  const moved = flow.bands.map((band) => [band.from.candidate, band.to.candidate, Number(band.votes.toFixed(6))]);
  expect(moved).toEqual([
    [0, 0, 4],
    [1, 1, 3],
    [2, 1, 2],
    [2, null, 1],
  ]);
  expect(flow.boxes.filter((box) => box.state === 'excluded').map((box) => box.candidate)).toEqual([2]);
});

test('a column is never taller than the picture', () => {
  const flow = buildFlow(count([{ votes: ['4', '3', '3'] }, { votes: ['1', '8', null], exhausted: '1', elected: [1] }]), 200);
  for (const box of flow.boxes) expect(box.y + box.height).toBeLessThanOrEqual(200);
});

test('rounds in which nothing happened are left out and counted', () => {
  const quiet = { votes: ['4', '3', '3'] };
  const counted = count([quiet, quiet, quiet, { votes: ['4', '3', '3'], excluded: [2] }, { votes: ['4', '6', null], elected: [1] }]);
  expect(drawnRounds(counted)).toEqual([0, 3, 4]);
  expect(buildFlow(counted, 200).leftOut).toBe(2);
});
