// What is typed about an election, until it is sent: texts, since a half typed number is none.

import type { GroupView } from '../../ipc/generated/GroupView';
import type { SaidView } from '../../ipc/generated/SaidView';
import type { SettingsView } from '../../ipc/generated/SettingsView';
import type { SettingView } from '../../ipc/generated/SettingView';
import type { MessageKey } from '../../messages';

export interface TypedGroup {
  /** Names it while it is edited. */
  key: number;
  publicId: string;
  name: string;
  maxElected: string;
  candidates: number[];
}

/** Whether groups are not known, known to be none, or listed. */
export type GroupsWord = 'unknown' | 'none' | 'these';

export interface Typed {
  electionNumber: string;
  seats: string;
  quorum: string;
  groupsWord: GroupsWord;
  groups: TypedGroup[];
}

/** A wrong entry: the field's name and what to write. */
export interface Wrong {
  field: string;
  message: MessageKey;
}

/** True where a person is asked: what the export holds or what follows from it needs no word. */
export function isAsked(setting: SettingView): boolean {
  return setting.source === 'missing' || setting.source === 'said';
}

/** True where something is asked that a claim waits for; nothing waits for a quorum. */
export function isLacking({ electionNumber, seats, groups }: SettingsView): boolean {
  return [electionNumber, seats, groups].some((setting) => setting.source === 'missing');
}

/** The form as it opens: what was said before. */
export function typedOf(settings: SettingsView): Typed {
  const text = (setting: SettingView) => (setting.source === 'said' ? String(setting.value) : '');
  const isSaid = settings.groups.source === 'said';
  return {
    electionNumber: text(settings.electionNumber),
    seats: text(settings.seats),
    quorum: text(settings.quorum),
    groupsWord: !isSaid ? 'unknown' : settings.groupList.length === 0 ? 'none' : 'these',
    groups: isSaid ? settings.groupList.map((group, key) => ({ ...group, key, maxElected: String(group.maxElected) })) : [],
  };
}

/** A whole number of at least `least`; null for nothing, false for anything else. */
function whole(text: string, least: number): number | null | false {
  const typed = text.trim();
  if (typed === '') return null;
  const value = Number(typed);
  return /^\d{1,9}$/.test(typed) && value >= least ? value : false;
}

/** What was typed, ready to be sent, or the first wrong entry. `ownNumber` goes along where the number tells elections apart. */
export function readTyped(typed: Typed, settings: SettingsView, ownNumber: number | null): SaidView | Wrong {
  const electionNumber = whole(typed.electionNumber, 1);
  const seats = whole(typed.seats, 1);
  const quorum = whole(typed.quorum, 0);
  if (electionNumber === false) return { field: 'electionNumber', message: 'lacking.wrongNumber' };
  if (seats === false) return { field: 'seats', message: 'lacking.wrongNumber' };
  if (quorum === false) return { field: 'quorum', message: 'lacking.wrongQuorum' };
  let groups: GroupView[] | null = typed.groupsWord === 'unknown' ? null : [];
  if (typed.groupsWord === 'these') {
    groups = [];
    if (typed.groups.length === 0) return { field: 'groups', message: 'lacking.wrongNoGroup' };
    for (const { key, publicId, name, maxElected, candidates } of typed.groups) {
      const most = whole(maxElected, 1);
      if (name.trim() === '') return { field: `name-${key}`, message: 'lacking.wrongName' };
      if (!most) return { field: `most-${key}`, message: 'lacking.wrongNumber' };
      if (most > (seats ?? settings.seats.value ?? most)) return { field: `most-${key}`, message: 'lacking.wrongMost' };
      if (candidates.length === 0) return { field: `most-${key}`, message: 'lacking.wrongNobody' };
      groups.push({ publicId, name: name.trim(), maxElected: most, candidates });
    }
  }
  return { electionNumber: electionNumber ?? ownNumber, seats, quorum, groups };
}
