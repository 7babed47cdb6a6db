// Where votes stand and go, round by round: boxes for candidates, bands between them. Pure arithmetic, drawn elsewhere.

import type { CountView } from '../ipc/generated/CountView';

export interface Box {
  /** Place of the candidate; null for votes without one. */
  candidate: number | null;
  name: string;
  column: number;
  y: number;
  height: number;
  votes: string;
  state: 'elected' | 'excluded' | 'none';
}

export interface Band {
  from: Box;
  to: Box;
  /** Top edges and thickness, in the boxes' own measure. */
  fromY: number;
  toY: number;
  thickness: number;
  votes: number;
}

export interface Flow {
  /** Round of each column. */
  rounds: number[];
  boxes: Box[];
  bands: Band[];
  /** Rounds of which nothing is to be told, left out. */
  leftOut: number;
}

const GAP = 6;
/** Columns beyond these are left out from the middle; the table has all. */
const COLUMNS_MAX = 24;

/** Votes of a text for drawing only. */
export function sizeOf(votes: string | null): number {
  const size = Number(votes ?? '0');
  return Number.isFinite(size) ? Math.max(0, size) : 0;
}

/** Indexes of the rounds that are drawn: first, last, and those in which somebody was elected or excluded. */
export function drawnRounds(count: CountView): number[] {
  const last = count.rounds.length - 1;
  const told = count.rounds
    .map((round, index) => ({ index, isTold: index === 0 || index === last || round.elected.length > 0 || round.excluded.length > 0 }))
    .filter((one) => one.isTold)
    .map((one) => one.index);
  return told.length <= COLUMNS_MAX ? told : [...told.slice(0, COLUMNS_MAX - 1), last];
}

export function buildFlow(count: CountView, height: number): Flow {
  const drawn = drawnRounds(count);
  const boxes: Box[] = [];
  const columns: Box[][] = [];
  const whole = Math.max(
    1,
    ...drawn.map((index) => {
      const round = count.rounds[index];
      return round ? round.votes.reduce((sum, votes) => sum + sizeOf(votes), 0) + sizeOf(round.exhausted) : 0;
    }),
  );
  const room = Math.max(10, height - GAP * (count.candidates.length + 1));
  drawn.forEach((index, column) => {
    const round = count.rounds[index];
    if (!round) return;
    const standing = round.votes
      .map((votes, candidate) => ({ candidate, votes }))
      .filter((one): one is { candidate: number; votes: string } => one.votes !== null)
      .sort((left, right) => sizeOf(right.votes) - sizeOf(left.votes) || left.candidate - right.candidate);
    let y = 0;
    const own: Box[] = standing.map(({ candidate, votes }) => {
      const box: Box = {
        candidate,
        name: count.candidates[candidate]?.name ?? '',
        column,
        y,
        height: Math.max(1, (sizeOf(votes) / whole) * room),
        votes,
        state: round.elected.includes(candidate) ? 'elected' : round.excluded.includes(candidate) ? 'excluded' : 'none',
      };
      y += box.height + GAP;
      return box;
    });
    if (sizeOf(round.exhausted) > 0) {
      own.push({
        candidate: null,
        name: '',
        column,
        y,
        height: Math.max(1, (sizeOf(round.exhausted) / whole) * room),
        votes: round.exhausted,
        state: 'none',
      });
    }
    columns.push(own);
    boxes.push(...own);
  });
  const bands: Band[] = [];
  for (let column = 0; column + 1 < columns.length; column += 1) {
    bands.push(...bandsBetween(columns[column] ?? [], columns[column + 1] ?? [], whole, room));
  }
  return { rounds: drawn.map((index) => count.rounds[index]?.round ?? 0), boxes, bands, leftOut: count.rounds.length - drawn.length };
}

/** What stays goes straight; what one lost is spread over those who gained, in proportion to what they gained. */
function bandsBetween(left: Box[], right: Box[], whole: number, room: number): Band[] {
  const bands: Band[] = [];
  const leftUsed = new Map<Box, number>();
  const rightUsed = new Map<Box, number>();
  const add = (from: Box, to: Box, votes: number) => {
    if (votes <= 0) return;
    const thickness = (votes / whole) * room;
    const fromY = from.y + (leftUsed.get(from) ?? 0);
    const toY = to.y + (rightUsed.get(to) ?? 0);
    leftUsed.set(from, (leftUsed.get(from) ?? 0) + thickness);
    rightUsed.set(to, (rightUsed.get(to) ?? 0) + thickness);
    bands.push({ from, to, fromY, toY, thickness, votes });
  };
  const next = (box: Box) => right.find((other) => other.candidate === box.candidate);
  for (const box of left) {
    const same = next(box);
    if (same) add(box, same, Math.min(sizeOf(box.votes), sizeOf(same.votes)));
  }
  const losers = left.map((box) => ({ box, lost: sizeOf(box.votes) - sizeOf(next(box)?.votes ?? null) })).filter((one) => one.lost > 0);
  const gainers = right
    .map((box) => ({ box, gained: sizeOf(box.votes) - sizeOf(left.find((other) => other.candidate === box.candidate)?.votes ?? null) }))
    .filter((one) => one.gained > 0);
  const gained = gainers.reduce((sum, one) => sum + one.gained, 0);
  for (const loser of losers) {
    for (const gainer of gainers) add(loser.box, gainer.box, Math.min(loser.lost, gained) * (gainer.gained / gained));
  }
  return bands;
}
