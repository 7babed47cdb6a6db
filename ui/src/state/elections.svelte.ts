// Elections that are run on this machine: who is signed in, the election that is looked at, the open desk. Passphrases and
// credentials pass through here on their way in and are kept nowhere.

import { asErrorView, type Ipc } from '../ipc/contract';
import type { ActView } from '../ipc/generated/ActView';
import type { ActWord } from '../ipc/generated/ActWord';
import type { Approving } from '../ipc/generated/Approving';
import type { BoothView } from '../ipc/generated/BoothView';
import type { ErrorView } from '../ipc/generated/ErrorView';
import type { LockView } from '../ipc/generated/LockView';
import type { OfficeView } from '../ipc/generated/OfficeView';
import type { OwnElectionLine } from '../ipc/generated/OwnElectionLine';
import type { OwnElectionView } from '../ipc/generated/OwnElectionView';
import { t } from '../messages';

/** Pages of one election, in the order of their tabs. */
export const PAGES = ['home', 'setup', 'roll', 'letters', 'paper', 'watch', 'outbox', 'close', 'result'] as const;
export type Page = (typeof PAGES)[number];

/** What an act asks for. */
export interface Asked {
  title: string;
  needsSecond?: boolean;
  needsKey?: boolean;
  /** Locks that two people go past with a written reason. */
  locks?: LockView[];
  /** Any account may stand beside the first person, not only those who approve acts of elections. */
  isForAnybody?: boolean;
}

/** What is asked before an act: a second person, the passphrase of the case, a reason, or several of them. */
export interface Asking extends Asked {
  locks: LockView[];
  isForAnybody: boolean;
  needsSecond: boolean;
  needsKey: boolean;
  run: (approving: Approving) => Promise<void>;
  cancel: () => void;
}

/** What a change of the case means for the rest of the window. */
export interface Surroundings {
  fail(error: ErrorView | null): void;
  refresh(): Promise<void>;
}

/** Nobody beside the one who is signed in. */
export const ALONE: Approving = { second: null, casePassphrase: null, overrideReason: null };

/** Time between two words to the program that somebody is there, in milliseconds. */
const TOUCH_EVERY = 15_000;

export class Elections {
  office = $state.raw<OfficeView | null>(null);
  list = $state.raw<OwnElectionLine[] | null>(null);
  own = $state.raw<OwnElectionView | null>(null);
  isAtPeople = $state(false);
  page = $state<Page>('home');
  booth = $state.raw<BoothView | null>(null);
  asking = $state.raw<Asking | null>(null);
  isSigningIn = $state(false);
  /** What was done last, in a sentence. */
  said = $state('');
  isWorking = $state(false);
  /** Place in the setup that shall be shown, as the list of what is missing names it. */
  place = $state('');
  /** Saves what was typed and is not saved; null where there is nothing. */
  unsaved: (() => Promise<boolean>) | null = null;
  /** Where somebody wanted to go while something was not saved. */
  leaving = $state.raw<(() => void) | null>(null);
  private touchedAt = 0;

  constructor(
    readonly ipc: Ipc,
    private readonly around: Surroundings,
  ) {}

  get person(): OfficeView['person'] {
    return this.office?.person ?? null;
  }

  /** Whether a thing can be done now, with the reason why not. */
  state(act: ActWord): ActView {
    const found = this.own?.acts.find((known) => known.act === act);
    return found ?? { act, refused: '', needsSecond: false };
  }

  /** What incidents and standing rules hold back of an act. Acts and what locks name have the same words. */
  locksOf(act: ActWord): LockView[] {
    return (this.own?.locks ?? []).filter((lock) => lock.blocks.includes(act));
  }

  may(act: ActWord): boolean {
    return this.person !== null && this.state(act).refused === '';
  }

  forget(): void {
    this.office = null;
    this.list = null;
    this.own = null;
    this.booth = null;
    this.asking = null;
    this.isSigningIn = false;
    this.isAtPeople = false;
    this.unsaved = null;
    this.leaving = null;
    this.page = 'home';
    this.said = '';
  }

  /** Reads who is there; a desk that was open before the window was loaded anew is open still. */
  async readOffice(): Promise<void> {
    await this.guard(async () => {
      this.office = await this.ipc.call('office', {});
      if (this.office.booth !== null && this.booth === null) this.booth = await this.ipc.call('booth', {});
    });
  }

  async readList(): Promise<void> {
    await this.guard(async () => {
      this.list = await this.ipc.call('own_elections', {});
    });
  }

  /** Shows an election on one of its pages. */
  async show(id: string, page: Page = 'home', place = ''): Promise<void> {
    this.said = '';
    this.isAtPeople = false;
    await this.guard(async () => {
      this.own = await this.ipc.call('own_election', { id });
      this.page = page;
      this.place = place;
    });
  }

  /** True where something unsaved keeps a person on the page: they are asked what becomes of it, and go on afterwards. */
  holdsBack(then: () => void): boolean {
    if (this.unsaved === null) return false;
    this.leaving = then;
    return true;
  }

  /** What was typed is given up, and the person goes where they wanted to. */
  giveUp(): void {
    const then = this.leaving;
    this.unsaved = null;
    this.leaving = null;
    then?.();
  }

  go(page: Page, place = ''): void {
    if (page !== this.page && this.holdsBack(() => this.go(page, place))) return;
    this.said = '';
    this.around.fail(null);
    this.page = page;
    this.place = place;
  }

  leave(): void {
    if (this.holdsBack(() => this.leave())) return;
    this.own = null;
    this.isAtPeople = false;
    this.said = '';
    this.around.fail(null);
    void this.readList();
  }

  /** Reads the election again: something changed, or time went by. */
  async again(): Promise<void> {
    const id = this.own?.id;
    if (id === undefined) return;
    const own = await this.ipc.call('own_election', { id });
    if (this.own?.id === id) this.own = own;
  }

  async found(name: string, passphrase: string, casePassphrase: string): Promise<boolean> {
    return this.guard(async () => {
      this.office = await this.ipc.call('found_office', { name, passphrase, casePassphrase });
      await this.around.refresh();
    });
  }

  /** Lets somebody in; throws what the program says, so that the dialog can show it. */
  async signIn(name: string, passphrase: string, casePassphrase: string): Promise<void> {
    this.office = await this.ipc.call('sign_in', { name, passphrase, casePassphrase: casePassphrase === '' ? null : casePassphrase });
    this.isSigningIn = false;
    await this.again();
  }

  async lock(): Promise<void> {
    await this.guard(async () => {
      this.office = await this.ipc.call('sign_out', {});
      this.asking = null;
      await this.again();
    });
  }

  /** Somebody typed or moved the mouse. */
  async touch(now: number): Promise<void> {
    if (this.person === null || now - this.touchedAt < TOUCH_EVERY) return;
    this.touchedAt = now;
    await this.look('touch_office');
  }

  /** Asks whether the office locked itself meanwhile. */
  async look(command: 'office' | 'touch_office' = 'office'): Promise<void> {
    if (this.office === null) return;
    const was = this.person !== null;
    try {
      this.office = await this.ipc.call(command, {});
      if (was && this.person === null) await this.again();
    } catch {
      // The next look asks again; a case that was closed has no office.
    }
  }

  /** Does an act that needs nobody else, and reads the election again. */
  async alone(said: string, work: () => Promise<unknown>): Promise<boolean> {
    return this.guard(async () => {
      this.said = '';
      await work();
      await this.settle();
      this.said = said;
    });
  }

  /**
   * Does an act: asks first for a second person where the rules want one, and for the passphrase of the case where its key is
   * needed and not held. False where it was cancelled or failed.
   */
  async act(act: ActWord, title: string, needsKey: boolean, work: (approving: Approving) => Promise<unknown>): Promise<boolean> {
    const locks = this.locksOf(act);
    const needsSecond = this.state(act).needsSecond || locks.length > 0;
    const asksKey = needsKey && this.office?.hasKey !== true;
    this.said = '';
    if (this.person === null) {
      this.isSigningIn = true;
      return false;
    }
    const firm = locks.find((lock) => !lock.mayOverride);
    if (firm) {
      this.around.fail({ code: 'refused', message: firm.message, file: null, row: null, column: null, nextStep: t('lock.firm') });
      return false;
    }
    if (!needsSecond && !asksKey) {
      return this.guard(async () => {
        await work(ALONE);
        await this.settle();
      });
    }
    return this.ask({ title, needsSecond, needsKey: asksKey, locks }, async (approving) => {
      await work(approving);
      await this.settle();
    });
  }

  /** Asks for a second person whatever the rules say: for what a rule refuses to one alone. */
  ask(asked: Asked, work: (approving: Approving) => Promise<void>): Promise<boolean> {
    this.around.fail(null);
    return new Promise((resolve) => {
      this.asking = {
        needsSecond: false,
        needsKey: false,
        locks: [],
        isForAnybody: false,
        ...asked,
        run: async (approving) => {
          await work(approving);
          this.asking = null;
          resolve(true);
        },
        cancel: () => {
          this.asking = null;
          resolve(false);
        },
      };
    });
  }

  /** Runs work, telling the window of a failure. True where it went well. */
  async guard(work: () => Promise<unknown>): Promise<boolean> {
    this.around.fail(null);
    this.isWorking = true;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.around.fail(asErrorView(thrown));
      return false;
    } finally {
      this.isWorking = false;
    }
  }

  private async settle(): Promise<void> {
    this.office = await this.ipc.call('office', {});
    await this.again();
    await this.around.refresh();
  }
}
