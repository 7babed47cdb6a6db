// What is asked of the long tables: the questions that ask for everything, whether one asks for anything, and where a row is.

import type { Ipc } from '../ipc/contract';
import type { AuditAsked } from '../ipc/generated/AuditAsked';
import type { CredentialsAsked } from '../ipc/generated/CredentialsAsked';
import type { VotesAsked } from '../ipc/generated/VotesAsked';

export function anyVotes(): VotesAsked {
  return { id: '', voter: '', candidate: '', contest: '', from: null, to: null, address: '', marks: [], sort: 'number' };
}

export function anyAudit(): AuditAsked {
  return { event: '', severity: '', actor: '', from: null, to: null, text: '', isNamed: false };
}

export function anyCredentials(): CredentialsAsked {
  return { isUsed: null, isOpened: null, isTest: null, text: '' };
}

/** True where a question leaves rows out; an order leaves out nothing. */
export function asksFor(asked: VotesAsked | AuditAsked | CredentialsAsked): boolean {
  return Object.entries(asked).some(([name, value]) =>
    name === 'sort' || (name === 'isNamed' && value === false) ? false : Array.isArray(value) ? value.length > 0 : value !== '' && value !== null,
  );
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?)?$/;

/** `2026-02-10 15:30`, with seconds or without a time, as UTC, in seconds since 1970; its last second for an end. */
export function secondsOf(text: string, isEnd: boolean): number | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const [, day, minute, second] = match;
  const millis = Date.parse(`${day}T${minute ?? '00:00'}${second ?? ':00'}Z`);
  if (Number.isNaN(millis)) return null;
  const span = second ? 1 : minute ? 60 : 86_400;
  return Math.floor(millis / 1000) + (isEnd ? span - 1 : 0);
}

/** The text for a time field, in UTC; seconds only where they say something. */
export function fieldOf(seconds: number | null): string {
  if (seconds === null) return '';
  const text = new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return text.endsWith(':00') ? text.slice(0, 16) : text;
}

/** The number of the vote with an id; null where there is none. Asks again until the search is done. */
export async function numberOfVote(ipc: Ipc, electionId: string, id: string): Promise<number | null> {
  const asked = { ...anyVotes(), id };
  for (;;) {
    const page = await ipc.call('votes_page', { electionId, asked, from: 0, limit: 20 });
    const found = page.rows.find((row) => row.id === id) ?? page.rows[0];
    if (found) return found.number;
    if (page.extent.isDone) return null;
    await ipc.call('votes_page', { electionId, asked, from: 0, limit: 0 });
  }
}
