// What the window shows: the open case, the room, the running job. Screens read it and call its acts; only this file and
// the paged rows talk to the program.

import { asErrorView, type Ipc, type JobCommands } from '../ipc/contract';
import type { AuditAsked } from '../ipc/generated/AuditAsked';
import type { CaseView } from '../ipc/generated/CaseView';
import type { ChosenInputs } from '../ipc/generated/ChosenInputs';
import type { ComparisonView } from '../ipc/generated/ComparisonView';
import type { CountView } from '../ipc/generated/CountView';
import type { CredentialsAsked } from '../ipc/generated/CredentialsAsked';
import type { ElectionView } from '../ipc/generated/ElectionView';
import type { ErrorView } from '../ipc/generated/ErrorView';
import type { ExportKind } from '../ipc/generated/ExportKind';
import type { FindingView } from '../ipc/generated/FindingView';
import type { JobOutcome } from '../ipc/generated/JobOutcome';
import type { KeysChoice } from '../ipc/generated/KeysChoice';
import type { KnownView } from '../ipc/generated/KnownView';
import type { MarkWord } from '../ipc/generated/MarkWord';
import type { PlanView } from '../ipc/generated/PlanView';
import type { Progress } from '../ipc/generated/Progress';
import type { ReceiptsView } from '../ipc/generated/ReceiptsView';
import type { RecentCase } from '../ipc/generated/RecentCase';
import type { ReportView } from '../ipc/generated/ReportView';
import type { SaidView } from '../ipc/generated/SaidView';
import type { SubjectView } from '../ipc/generated/SubjectView';
import type { SeverityWord } from '../ipc/generated/SeverityWord';
import type { VotesAsked } from '../ipc/generated/VotesAsked';
import type { MessageKey } from '../messages';
import { anyAudit, anyCredentials, anyVotes } from './asked';
import { Elections } from './elections.svelte';
import { Incidents } from './incidents.svelte';
import { paper } from './paper.svelte';

/** The rooms of a case, in the order of the rail. */
export const ROOMS = [
  'overview',
  'evidence',
  'findings',
  'votes',
  'audit',
  'credentials',
  'rows',
  'count',
  'investigate',
  'incidents',
  'details',
  'receipts',
  'reports',
  'ledger',
] as const;
export type Room = (typeof ROOMS)[number];
export type Screen = Room | 'elections' | 'welcome' | 'plan' | 'keys' | 'lacking' | 'known';

/** Work that the user waits for. */
export interface RunningJob {
  id: number | null;
  what: MessageKey;
  progress: Progress;
  isStopping: boolean;
}

export interface Saved {
  kind: ExportKind;
  paths: string[];
  /** Who signed it, in words. */
  signer: string | null;
}

/** The pages of the room "investigate". */
export const INQUIRIES = ['timeline', 'addresses', 'excluded', 'rollbacks', 'questions', 'subject', 'compare'] as const;
export type Inquiry = (typeof INQUIRIES)[number];

/** Which findings are listed. */
export interface FindingsAsked {
  query: string;
  severity: SeverityWord | 'all';
  claim: string;
  code: string;
  review: 'all' | 'open' | MarkWord;
}

/** A row that a table shall show as soon as it can. */
export interface Wanted {
  kind: 'vote' | 'audit';
  id: string;
}

const NOTHING_YET: Progress = { step: '', done: 0, total: null, perSecond: 0, secondsLeft: null };

export function anyFindings(): FindingsAsked {
  return { query: '', severity: 'all', claim: '', code: '', review: 'all' };
}

export class App {
  screen = $state<Screen>('welcome');
  isStarting = $state(true);
  version = $state('');
  recent = $state.raw<RecentCase[]>([]);
  openCase = $state.raw<CaseView | null>(null);
  report = $state.raw<ReportView | null>(null);
  electionId = $state('');
  inputs = $state.raw<ChosenInputs | null>(null);
  plan = $state.raw<PlanView | null>(null);
  job = $state<RunningJob | null>(null);
  /** The last failure, shown on the screen where it happened until the next act. */
  error = $state.raw<ErrorView | null>(null);
  /** What the case's own integrity check found; null while it runs. */
  recheckProblems = $state.raw<string[] | null>(null);
  recheckError = $state.raw<ErrorView | null>(null);
  saved = $state.raw<Saved | null>(null);
  /** What was counted last in the counting room. */
  counted = $state.raw<CountView | null>(null);
  isDropping = $state(false);
  /** Work in the background that gives way to everything else: making indexes. */
  tending = $state<RunningJob | null>(null);
  inquiry = $state<Inquiry>('timeline');
  findingsAsked = $state<FindingsAsked>(anyFindings());
  votesAsked = $state<VotesAsked>(anyVotes());
  auditAsked = $state<AuditAsked>(anyAudit());
  credentialsAsked = $state<CredentialsAsked>(anyCredentials());
  wanted = $state.raw<Wanted | null>(null);
  isPaletteOpen = $state(false);
  isHelpOpen = $state(false);
  /** Grows with every change of the case, so that tables know when to read again. */
  revision = $state(0);

  /** Elections that are run here, and who runs them. */
  readonly run: Elections;
  /** Incidents of the case. */
  readonly incidents: Incidents;

  constructor(readonly ipc: Ipc) {
    const around = { fail: (error: ErrorView | null) => (this.error = error), refresh: () => this.refresh() };
    this.run = new Elections(ipc, around);
    this.incidents = new Incidents(ipc, around, this.run);
  }

  /** Whether the room of elections that are run here stands in the rail. */
  get hasElectionRoom(): boolean {
    return this.openCase?.hasOffice === true || this.screen === 'elections';
  }

  get elections(): { id: string; title: string }[] {
    const reported = this.report?.elections ?? [];
    return reported.length > 0 ? reported : (this.openCase?.elections ?? []);
  }

  get election(): ElectionView | null {
    const elections = this.report?.elections ?? [];
    return elections.find((election) => election.id === this.electionId) ?? elections[0] ?? null;
  }

  /** True where times and addresses of votes are tested. */
  get isTimed(): boolean {
    return this.election?.system === 'logbook';
  }

  /** Id for paging votes, also before an audit was run. */
  get chosenElectionId(): string {
    return this.election?.id ?? this.elections.find(({ id }) => id === this.electionId)?.id ?? this.elections[0]?.id ?? '';
  }

  go(screen: Screen): void {
    if (this.screen === 'elections' && screen !== 'elections' && this.run.holdsBack(() => this.go(screen))) return;
    this.screen = screen;
    this.error = null;
  }

  /** Shows the findings that a claim failed by, or those of a code. */
  showFindings(asked: Partial<FindingsAsked>): void {
    this.findingsAsked = { ...anyFindings(), ...asked };
    this.go('findings');
  }

  /** Shows an incident; without one, the list. */
  async showIncident(id: string | null): Promise<void> {
    this.go('incidents');
    if (id === null) this.incidents.goTo('list');
    else await this.incidents.show(id);
  }

  /** Shows the votes that fit. */
  showVotes(asked: Partial<VotesAsked>): void {
    this.votesAsked = { ...anyVotes(), ...asked };
    this.go('votes');
  }

  showInquiry(inquiry: Inquiry): void {
    this.inquiry = inquiry;
    this.go('investigate');
  }

  /** Shows a row that a finding names, in its table. False for rows that no table shows. */
  showRow(subject: string): boolean {
    const at = subject.indexOf(':');
    const [kind, id] = [subject.slice(0, at), subject.slice(at + 1)];
    if (kind === 'vote') {
      this.showVotes({});
      this.wanted = { kind, id };
    } else if (kind === 'audit') {
      this.auditAsked = anyAudit();
      this.go('audit');
      this.wanted = { kind, id };
    } else if (kind === 'token') {
      this.credentialsAsked = { ...anyCredentials(), text: id };
      this.go('credentials');
    } else if (kind === 'address') {
      this.showVotes({ address: id });
    } else {
      return false;
    }
    return true;
  }

  /** Gives a finding a mark, or takes it back; false where that failed. */
  async mark(finding: FindingView, mark: MarkWord | null, reason: string): Promise<boolean> {
    const name = { electionId: finding.electionId, code: finding.code, key: finding.key };
    await this.guard(async () => {
      const report = mark
        ? await this.ipc.call('mark_finding', { ...name, mark, reason })
        : await this.ipc.call('unmark_finding', name);
      if (report) this.report = report;
      await this.refresh();
    });
    return this.error === null;
  }

  /** Makes what searching and sorting millions of votes needs, beside everything else. */
  async prepareSearch(): Promise<void> {
    if (this.tending || this.job) return;
    this.tending = { id: null, what: 'job.prepare', progress: NOTHING_YET, isStopping: false };
    try {
      const id = await this.ipc.startJob('prepare_search', {}, (event) => {
        if (event.kind === 'progress') {
          if (this.tending) this.tending.progress = event;
          return;
        }
        this.tending = null;
        if (event.kind === 'failed') this.error = event.error;
        this.revision += 1;
      });
      if (this.tending) this.tending.id = id;
    } catch (thrown) {
      this.tending = null;
      this.error = asErrorView(thrown);
    }
  }

  async cancelTending(): Promise<void> {
    const job = this.tending;
    if (!job || job.id === null) return;
    job.isStopping = true;
    await this.guard(() => this.ipc.call('cancel_job', { id: job.id ?? 0 }));
  }

  async start(): Promise<void> {
    await this.guard(async () => {
      await this.ipc.watchDrops((event) => {
        this.isDropping = event.kind === 'over' && !this.run.booth;
        if (this.job || this.run.booth) return;
        if (event.kind === 'dropped' && this.screen === 'incidents' && this.incidents.takesFiles) this.incidents.dropped = event.paths;
        else if (event.kind === 'dropped') void this.planInputs({ paths: event.paths, isSample: false });
        if (event.kind === 'caseDropped') void this.openRecent(event.path);
      });
      const start = await this.ipc.call('start', {});
      await paper.tell(this.ipc);
      this.version = start.version;
      this.recent = start.recent;
      this.error = start.error;
      if (start.case) await this.enter(start.case);
      else if (start.isSample) await this.openSample();
      else await this.findDesk();
    });
    this.isStarting = false;
  }

  /** A page that was loaded anew while a desk was open shows the desk again, and nothing else. */
  private async findDesk(): Promise<void> {
    const booth = await this.ipc.call('booth', {});
    if (!booth) return;
    this.setCase(await this.ipc.call('case_info', {}));
    this.screen = 'elections';
    this.run.booth = booth;
    await this.run.readOffice();
  }

  newCase(): Promise<void> {
    return this.guard(async () => {
      const made = await this.ipc.call('new_case', {});
      if (made) await this.enter(made);
    });
  }

  /** Makes a case in which an election is run, and begins with the first administrator. */
  newElectionCase(): Promise<void> {
    return this.guard(async () => {
      const made = this.openCase ?? (await this.ipc.call('new_case', {}));
      if (!made) return;
      if (!this.openCase) await this.enter(made);
      this.go('elections');
    });
  }

  chooseCase(): Promise<void> {
    return this.guard(async () => {
      const opened = await this.ipc.call('open_case', {});
      if (opened) await this.enter(opened);
    });
  }

  openRecent(path: string): Promise<void> {
    return this.guard(async () => this.enter(await this.ipc.call('open_recent', { path })));
  }

  forgetRecent(path: string): Promise<void> {
    return this.guard(async () => {
      this.recent = await this.ipc.call('forget_recent', { path });
    });
  }

  closeCase(): Promise<void> {
    return this.guard(async () => {
      this.recent = await this.ipc.call('close_case', {});
      this.forgetCase();
      this.screen = 'welcome';
    });
  }

  chooseInputs(kind: 'folder' | 'files'): Promise<void> {
    return this.guard(async () => {
      const chosen = await this.ipc.call(kind === 'folder' ? 'choose_folder' : 'choose_files', {});
      if (chosen) await this.planInputs(chosen);
    });
  }

  openSample(): Promise<void> {
    return this.guard(async () => {
      const chosen = await this.ipc.call('choose_sample', {});
      if (this.openCase) {
        await this.ipc.call('close_case', {});
        this.forgetCase();
        // Closing forgets the choice as well, so it is made once more.
        await this.planInputs(await this.ipc.call('choose_sample', {}));
      } else {
        await this.planInputs(chosen);
      }
    });
  }

  /** Shows what an import of the chosen inputs would take over. */
  async planInputs(inputs: ChosenInputs): Promise<void> {
    this.inputs = inputs;
    this.plan = null;
    this.go('plan');
    await this.work('plan_import', {}, 'job.plan', (outcome) => {
      if (outcome.kind === 'planned') this.plan = outcome.plan;
    });
  }

  /** Takes the planned inputs over; without an open case, a new one is made first. */
  async confirmImport(): Promise<void> {
    await this.guard(async () => {
      if (!this.openCase) {
        const made = await this.ipc.call('new_case', {});
        if (!made) return;
        this.setCase(made);
      }
      await this.work('import', {}, 'job.import', async () => {
        this.plan = null;
        this.report = null;
        await this.refresh();
        this.go('keys');
        this.recheckProblems = null;
        void this.recheck();
      });
    });
  }

  async audit(keys: KeysChoice): Promise<void> {
    await this.work('audit', { keys }, 'job.audit', async (outcome) => {
      if (outcome.kind !== 'audited') return;
      this.report = outcome.report;
      await this.refresh();
      this.go('overview');
    });
  }

  /** Keeps what a person says because the export lacks it, and tests every claim again. */
  async assume(said: SaidView): Promise<void> {
    const electionId = String(this.election?.settings?.electionNumber.value ?? '');
    await this.tellAndAudit(async () => {
      await this.ipc.call('assume', { electionId, said });
      return true;
    });
  }

  /** The same with what a file says; nothing happens where none was chosen. */
  async assumeFile(): Promise<void> {
    await this.tellAndAudit(() => this.ipc.call('assume_file', { system: this.election?.system ?? '' }));
  }

  /** Keeps what a person knows about the times and addresses of votes, and tests every claim again. */
  async sayKnown(said: KnownView): Promise<void> {
    const electionId = this.chosenElectionId;
    await this.tellAndAudit(async () => {
      await this.ipc.call('say_known', { electionId, said });
      return true;
    });
  }

  /** Writes a report, bundle or table; a bundle may ask for originals that the case keeps by their digests only. */
  async exportReport(kind: ExportKind, withOriginals = false): Promise<void> {
    this.saved = null;
    await this.work('export', { electionId: this.chosenElectionId, kind, withOriginals }, 'job.export', async (outcome) => {
      if (outcome.kind !== 'saved') return;
      await this.refresh();
      this.saved = { kind, paths: outcome.paths, signer: outcome.signer };
    });
  }

  /** Everything about one subject; null where that failed or was stopped. */
  async lookUpSubject(text: string): Promise<SubjectView | null> {
    let found: SubjectView | null = null;
    await this.work('look_up_subject', { text }, 'job.lookUp', (outcome) => {
      if (outcome.kind === 'subject') found = outcome.subject;
    });
    return found;
  }

  /** The open case beside another export or case; null where that failed, was stopped, or nothing was chosen. */
  async compareWith(isCase: boolean): Promise<ComparisonView | null> {
    let found: ComparisonView | null = null;
    await this.work('compare_with', { isCase }, 'job.compare', (outcome) => {
      if (outcome.kind === 'compared') found = outcome.comparison;
    });
    return found;
  }

  /** Looks up receipts as they were typed or pasted; null where that failed. */
  checkReceipts(text: string): Promise<ReceiptsView | null> {
    return this.lookUp(() => this.ipc.call('check_receipts', { text }));
  }

  /** Looks up the receipts of a file; null where that failed or no file was chosen. */
  checkReceiptFile(): Promise<ReceiptsView | null> {
    return this.lookUp(() => this.ipc.call('check_receipt_file', {}));
  }

  /** Counts the chosen election by its own rule, or by another as a what-if. */
  async countElection(rule: string, seats: number | null, arithmetic: string | null): Promise<void> {
    await this.guard(async () => {
      const own = { electionId: this.chosenElectionId, rule: rule === '' ? null : rule };
      this.counted = await this.ipc.call('count_election', { ...own, seats, arithmetic });
    });
  }

  /** Counts a ballot file that is asked for; nothing changes where none was chosen. */
  async countFile(rule: string, seats: number | null, arithmetic: string | null): Promise<void> {
    await this.guard(async () => {
      const counted = await this.ipc.call('count_file', { rule, seats, arithmetic });
      if (counted) this.counted = counted;
    });
  }

  /** Compares what was counted last with a published result that is asked for. */
  async compareCount(): Promise<void> {
    await this.guard(async () => {
      const compared = await this.ipc.call('compare_count', {});
      if (compared) this.counted = compared;
    });
  }

  /** Prints what was counted last; the path, or null where that failed or was cancelled. */
  async printCount(): Promise<string | null> {
    let path: string | null = null;
    await this.guard(async () => {
      path = await this.ipc.call('print_count', {});
    });
    return path;
  }

  /** Prints what was looked up last; the path, or null where that failed or was cancelled. */
  async printReceipts(): Promise<string | null> {
    let path: string | null = null;
    await this.guard(async () => {
      path = await this.ipc.call('print_receipts', {});
      if (path) await this.refresh();
    });
    return path;
  }

  /** The next voter finds nothing of the one before. */
  async forgetReceipts(): Promise<void> {
    await this.guard(() => this.ipc.call('forget_receipts', {}));
  }

  async cancel(): Promise<void> {
    const job = this.job;
    if (!job || job.id === null) return;
    job.isStopping = true;
    await this.guard(() => this.ipc.call('cancel_job', { id: job.id ?? 0 }));
  }

  chooseElection(id: string): void {
    this.electionId = id;
    this.saved = null;
    this.forgetAsked();
  }

  private async enter(opened: CaseView): Promise<void> {
    this.forgetCase();
    this.setCase(opened);
    if (opened.hasReport) this.report = await this.ipc.call('report', {});
    if (opened.hasOffice && opened.evidenceFiles === 0) this.screen = 'elections';
    else this.screen = opened.evidenceFiles === 0 ? 'evidence' : 'overview';
    await this.run.readOffice();
    void this.incidents.lookQuietly();
    void this.recheck();
  }

  private setCase(opened: CaseView): void {
    this.openCase = opened;
    this.revision += 1;
  }

  private forgetCase(): void {
    this.openCase = null;
    this.report = null;
    this.electionId = '';
    this.inputs = null;
    this.plan = null;
    this.saved = null;
    this.recheckProblems = null;
    this.recheckError = null;
    this.error = null;
    this.run.forget();
    this.incidents.forget();
    this.forgetAsked();
  }

  /** What was asked of one election says nothing about another. */
  private forgetAsked(): void {
    this.findingsAsked = anyFindings();
    this.votesAsked = anyVotes();
    this.auditAsked = anyAudit();
    this.credentialsAsked = anyCredentials();
    this.wanted = null;
  }

  private async tellAndAudit(tell: () => Promise<boolean>): Promise<void> {
    let isTold = false;
    await this.guard(async () => {
      isTold = await tell();
      if (isTold) await this.refresh();
    });
    if (!isTold || this.error) return;
    // What was said is kept by now, so the page of the verdict tells how the test of it went.
    this.go('overview');
    await this.audit({ kind: 'held' });
  }

  /** Asks something that may be recorded; null where it failed or was cancelled. */
  ask<T>(ask: () => Promise<T | null>): Promise<T | null> {
    return this.lookUp(ask);
  }

  private async lookUp<T>(ask: () => Promise<T | null>): Promise<T | null> {
    let found: T | null = null;
    await this.guard(async () => {
      found = await ask();
      // The ledger holds one act more.
      if (found) await this.refresh();
    });
    return found;
  }

  private async refresh(): Promise<void> {
    this.setCase(await this.ipc.call('case_info', {}));
  }

  /** The case's own integrity check runs beside everything else and speaks only when something does not hold. */
  private async recheck(): Promise<void> {
    const path = this.openCase?.path;
    try {
      await this.ipc.startJob('recheck', {}, (event) => {
        if (this.openCase?.path !== path) return;
        if (event.kind === 'done' && event.outcome.kind === 'rechecked') this.recheckProblems = event.outcome.problems;
        if (event.kind === 'failed') this.recheckError = event.error;
      });
    } catch (thrown) {
      this.recheckError = asErrorView(thrown);
    }
  }

  /** Runs long work, showing its progress, until its last word. */
  private async work<K extends keyof JobCommands>(
    name: K,
    args: JobCommands[K],
    what: MessageKey,
    onDone: (outcome: JobOutcome) => void | Promise<void>,
  ): Promise<void> {
    this.error = null;
    this.job = { id: null, what, progress: NOTHING_YET, isStopping: false };
    try {
      const outcome = await new Promise<JobOutcome | null>((resolve, reject) => {
        const started = this.ipc.startJob(name, args, (event) => {
          if (event.kind === 'progress' && this.job) this.job.progress = event;
          if (event.kind === 'done') resolve(event.outcome);
          if (event.kind === 'cancelled') resolve(null);
          if (event.kind === 'failed') reject(event.error);
        });
        started.then((id) => {
          if (id === null) resolve(null);
          else if (this.job) this.job.id = id;
        }, reject);
      });
      if (outcome) await onDone(outcome);
      else if (this.screen === 'plan' && !this.plan) this.go(this.openCase ? 'evidence' : 'welcome');
    } catch (thrown) {
      this.error = asErrorView(thrown);
    } finally {
      this.job = null;
    }
  }

  private async guard<T>(act: () => Promise<T>): Promise<void> {
    this.error = null;
    try {
      await act();
    } catch (thrown) {
      this.error = asErrorView(thrown);
    }
  }
}
