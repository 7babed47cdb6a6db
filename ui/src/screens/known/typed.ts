// What is typed about the times and addresses of votes, until it is sent.

import type { KnownView } from '../../ipc/generated/KnownView';
import type { MessageKey } from '../../messages';

export interface TypedEvent {
  /** Names it while it is edited. */
  key: number;
  from: string;
  to: string;
  what: string;
}

export interface TypedAddress {
  key: number;
  address: string;
  what: string;
}

export interface Typed {
  events: TypedEvent[];
  addresses: TypedAddress[];
}

/** A wrong entry: the row's key, the field in it, what to write. */
export interface Wrong {
  key: number;
  field: 'from' | 'to' | 'what' | 'address';
  message: MessageKey;
}

/** Date and time, minutes at least, with an offset or none. */
const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?$/;

/** A time as exports write it; null where it is none. */
export function wholeTime(text: string): string | null {
  const [, day, minute, second = ':00', offset = ''] = TIME.exec(text.trim()) ?? [];
  if (day === undefined) return null;
  const time = `${day}T${minute}${second}`;
  const moment = new Date(`${time}Z`);
  // The 30th of February is no day.
  return Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 19) !== time ? null : time + offset;
}

function moment(time: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);
}

/** The form as it opens: what was said before. */
export function typedOf(known: KnownView): Typed {
  let key = 0;
  return {
    events: known.events.map((event) => ({ ...event, key: (key += 1) })),
    addresses: known.addresses.map((address) => ({ ...address, key: (key += 1) })),
  };
}

/** What was typed, ready to be sent, or the first wrong entry. */
export function readTyped(typed: Typed): KnownView | Wrong {
  const said: KnownView = { events: [], addresses: [] };
  for (const { key, from, to, what } of typed.events) {
    const [begins, ends] = [wholeTime(from), wholeTime(to)];
    if (begins === null) return { key, field: 'from', message: 'known.wrongTime' };
    if (ends === null) return { key, field: 'to', message: 'known.wrongTime' };
    if (moment(ends) < moment(begins)) return { key, field: 'to', message: 'known.wrongEnd' };
    if (what.trim() === '') return { key, field: 'what', message: 'known.wrongWhat' };
    said.events.push({ from: begins, to: ends, what: what.trim() });
  }
  for (const { key, address, what } of typed.addresses) {
    if (address.trim() === '') return { key, field: 'address', message: 'known.wrongAddress' };
    if (what.trim() === '') return { key, field: 'what', message: 'known.wrongWhat' };
    said.addresses.push({ address: address.trim(), what: what.trim() });
  }
  return said;
}
