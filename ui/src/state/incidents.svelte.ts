// Incidents of the case: the list, the one on the board, the dialog of a declaration. Clocks come from the program; the window
// only asks again every few seconds.

import type { Ipc } from '../ipc/contract';
import type { BoardView } from '../ipc/generated/BoardView';
import type { IncidentLine } from '../ipc/generated/IncidentLine';
import type { LockView } from '../ipc/generated/LockView';
import type { RecordAsked } from '../ipc/generated/RecordAsked';
import type { RecordedView } from '../ipc/generated/RecordedView';
import type { Approving } from '../ipc/generated/Approving';
import { ALONE, type Elections, type Surroundings } from './elections.svelte';

/** Pages of a board, in the order of their tabs. */
export const BOARD_PAGES = ['work', 'timeline', 'decisions', 'messages', 'evidence', 'people', 'review'] as const;
export type BoardPage = (typeof BOARD_PAGES)[number];

/** Pages of the room beside the boards. */
export type Place = 'list' | 'metrics' | 'contacts';

/** Checks that say more with the key of the case. */
const OPENS_SEALS = ['check.recount', 'check.vote_signatures', 'check.all_integrity', 'check.import_and_verify'];

/** What a declaration begins with. */
export interface Seed {
  title: string;
  finding: string | null;
}

export class Incidents {
  list = $state.raw<IncidentLine[] | null>(null);
  board = $state.raw<BoardView | null>(null);
  place = $state<Place>('list');
  page = $state<BoardPage>('work');
  declaring = $state.raw<Seed | null>(null);
  /** What was done last, in a sentence. */
  said = $state('');
  /** What is worth a word although it was done. */
  warned = $state.raw<string[]>([]);
  isWorking = $state(false);
  /** Template that the page of messages shall begin with. */
  template = $state('');
  /** Files that were dropped on the page of evidence and wait for a word about them. */
  dropped = $state.raw<string[]>([]);

  constructor(
    readonly ipc: Ipc,
    private readonly around: Surroundings,
    private readonly run: Elections,
  ) {}

  get open(): IncidentLine[] {
    return (this.list ?? []).filter((incident) => incident.isOpen);
  }

  /** True where dropped files belong into the locker of the incident that is shown. */
  get takesFiles(): boolean {
    return this.board !== null && !this.board.isFinal && this.page === 'evidence';
  }

  forget(): void {
    this.list = null;
    this.board = null;
    this.declaring = null;
    this.place = 'list';
    this.page = 'work';
    this.said = '';
    this.warned = [];
    this.template = '';
    this.dropped = [];
  }

  async readList(): Promise<void> {
    await this.run.guard(async () => {
      this.list = await this.ipc.call('incidents', {});
    });
  }

  /** The same without a word where it fails: for the badge of the top bar. */
  async lookQuietly(): Promise<void> {
    try {
      this.list = await this.ipc.call('incidents', {});
    } catch {
      // The room itself tells of it.
    }
  }

  /** Shows an incident on one of its pages. */
  async show(id: string, page: BoardPage = 'work'): Promise<boolean> {
    this.said = '';
    this.warned = [];
    return this.run.guard(async () => {
      this.board = await this.ipc.call('incident', { id });
      this.place = 'list';
      this.page = page;
    });
  }

  go(page: BoardPage, template = ''): void {
    this.said = '';
    this.warned = [];
    this.around.fail(null);
    this.template = template;
    this.page = page;
  }

  goTo(place: Place): void {
    this.around.fail(null);
    this.said = '';
    this.warned = [];
    this.board = null;
    this.place = place;
    if (place === 'list') void this.readList();
  }

  /** Reads the clocks; the whole board where somebody else changed it meanwhile. */
  async tick(): Promise<void> {
    const board = this.board;
    if (!board) return;
    try {
      const clocks = await this.ipc.call('incident_clocks', { id: board.id });
      if (this.board !== board) return;
      if (clocks.records !== board.clocks.records) await this.again();
      else this.board = { ...board, clocks };
    } catch {
      // The next look asks again; a case that was closed has no incidents.
    }
  }

  async again(): Promise<void> {
    const id = this.board?.id;
    if (id === undefined) return;
    const board = await this.ipc.call('incident', { id });
    if (this.board?.id === id) this.board = board;
  }

  /** Does an act alone, and reads the board again. False where it was refused, or somebody must sign in first. */
  async act(said: string, work: () => Promise<unknown>): Promise<boolean> {
    if (this.mustSignIn()) return false;
    this.said = '';
    this.warned = [];
    this.isWorking = true;
    const isDone = await this.run.guard(async () => {
      await this.settle(await work());
      this.said = said;
    });
    this.isWorking = false;
    return isDone;
  }

  /** Does an act that needs a second person. */
  async byTwo(title: string, said: string, work: (approving: Approving) => Promise<unknown>): Promise<boolean> {
    if (this.mustSignIn()) return false;
    this.said = '';
    this.warned = [];
    const isDone = await this.run.ask({ title, needsSecond: true, isForAnybody: true }, async (approving) => {
      await this.settle(await work(approving));
    });
    if (isDone) this.said = said;
    return isDone;
  }

  /** Does an act that two people do past a lock, with a written reason. */
  async pastLock(lock: LockView, title: string, said: string, work: (approving: Approving) => Promise<unknown>): Promise<boolean> {
    if (this.mustSignIn()) return false;
    const isDone = await this.run.ask({ title, needsSecond: true, isForAnybody: true, locks: [lock] }, async (approving) => {
      await this.settle(await work(approving));
    });
    if (isDone) this.said = said;
    return isDone;
  }

  /**
   * Runs a function of the program. A few of them open what is sealed in elections that are run here: for those the passphrase
   * of the case is asked for where its key is not held.
   */
  async runs(name: string, title: string, said: string, work: (approving: Approving) => Promise<unknown>): Promise<boolean> {
    if (this.mustSignIn()) return false;
    const isSealed = OPENS_SEALS.includes(name) && (this.board?.held.some((one) => one.isEnforced) ?? false);
    if (!isSealed || this.run.office?.hasKey === true) return this.act(said, () => work(ALONE));
    this.said = '';
    this.warned = [];
    const isDone = await this.run.ask({ title, needsKey: true }, async (approving) => {
      await this.settle(await work(approving));
    });
    if (isDone) this.said = said;
    return isDone;
  }

  /** Writes a record into the journal. */
  record(record: RecordAsked, said: string, happened: string | null = null): Promise<boolean> {
    return this.act(said, () => this.ipc.call('record_incident', { id: this.board?.id ?? '', record, happened, approving: ALONE }));
  }

  /** Writes a record that two people stand behind. */
  recordByTwo(record: RecordAsked, title: string, said: string): Promise<boolean> {
    return this.byTwo(title, said, (approving) => this.ipc.call('record_incident', { id: this.board?.id ?? '', record, happened: null, approving }));
  }

  declare(seed: Partial<Seed> = {}): void {
    this.declaring = { title: '', finding: null, ...seed };
  }

  /** People who can be named: the accounts of the case. */
  get people(): string[] {
    return (this.run.office?.accounts ?? []).filter((account) => account.isActive).map((account) => account.name);
  }

  mustSignIn(): boolean {
    const isMissing = (this.run.office?.accounts.length ?? 0) > 0 && this.run.person === null;
    if (isMissing) this.run.isSigningIn = true;
    return isMissing;
  }

  private async settle(answer: unknown): Promise<void> {
    if (isRecorded(answer)) this.warned = answer.warnings;
    await this.again();
    await this.lookQuietly();
    await this.run.again();
    await this.around.refresh();
  }
}

function isRecorded(answer: unknown): answer is RecordedView {
  return typeof answer === 'object' && answer !== null && 'warnings' in answer;
}
