// What a voter marks: the kinds of ballot paper, and what can be said about a paper before it is cast.

import type { ContestSetupView } from '../ipc/generated/ContestSetupView';
import type { CandidateSetupView } from '../ipc/generated/CandidateSetupView';

export type Kind = 'single' | 'several' | 'ranked' | 'scores';
export type Choice = string[] | Record<string, number>;
export type Choices = Record<string, Choice>;

/** What one marks, by the counting rule. */
export function kindOf(contest: ContestSetupView): Kind {
  if (contest.method === 'plurality') return 'single';
  if (contest.method === 'approval') return 'several';
  return contest.method === 'score' || contest.method === 'star' ? 'scores' : 'ranked';
}

/** Who stands on the paper. */
export function standing(contest: ContestSetupView): CandidateSetupView[] {
  return contest.candidates.filter((candidate) => candidate.standing === 'accepted');
}

/** Marks of a contest in order; none where nothing is marked. */
export function marksOf(choice: Choice | undefined): string[] {
  if (choice === undefined) return [];
  return Array.isArray(choice) ? choice : Object.keys(choice);
}

/** Whether nothing at all is marked. */
export function isBlank(choices: Choices): boolean {
  return Object.values(choices).every((choice) => marksOf(choice).length === 0);
}

/** A mark as people read it. */
export function nameOf(contest: ContestSetupView, mark: string): string {
  if (mark.startsWith('=')) return mark.slice(1);
  return contest.candidates.find((candidate) => candidate.id === mark)?.name ?? mark;
}

/** Marks or unmarks a candidate; the same choice where no more may be marked. */
export function toggle(contest: ContestSetupView, choice: Choice | undefined, mark: string): Choice {
  const marks = marksOf(choice);
  if (marks.includes(mark)) return marks.filter((known) => known !== mark);
  if (kindOf(contest) === 'single') return [mark];
  return isFull(contest, choice) ? marks : [...marks, mark];
}

/** Whether no more candidates may be marked. */
export function isFull(contest: ContestSetupView, choice: Choice | undefined): boolean {
  const most = kindOf(contest) === 'single' ? 1 : contest.most_choices;
  return most > 0 && marksOf(choice).length >= most;
}

/** Moves a mark of a ranking up or down by so many places. */
export function move(choice: Choice | undefined, mark: string, by: number): string[] {
  const marks = [...marksOf(choice)];
  const from = marks.indexOf(mark);
  const to = Math.min(marks.length - 1, Math.max(0, from + by));
  if (from < 0) return marks;
  marks.splice(to, 0, ...marks.splice(from, 1));
  return marks;
}

/** Gives points; no points at all take the mark away. */
export function score(choice: Choice | undefined, mark: string, points: number | null): Record<string, number> {
  const scores: Record<string, number> = choice === undefined || Array.isArray(choice) ? {} : { ...choice };
  delete scores[mark];
  return points === null ? scores : { ...scores, [mark]: points };
}

/** Choices without empty contests, as they are cast. */
export function cast(choices: Choices): Choices {
  return Object.fromEntries(Object.entries(choices).filter(([, choice]) => marksOf(choice).length > 0));
}
