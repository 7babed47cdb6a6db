// What the window may ask of the program: each command declared once, as name -> arguments and result. The Rust side is
// src-tauri/src/commands/; the shapes are generated from src-tauri/src/wire/.

import type { AboutAsked } from './generated/AboutAsked';
import type { AlertsView } from './generated/AlertsView';
import type { BoardView } from './generated/BoardView';
import type { ChoiceAsked } from './generated/ChoiceAsked';
import type { ClocksView } from './generated/ClocksView';
import type { CommandView } from './generated/CommandView';
import type { ContactLine } from './generated/ContactLine';
import type { ContactsView } from './generated/ContactsView';
import type { DeclareAsked } from './generated/DeclareAsked';
import type { DeclareView } from './generated/DeclareView';
import type { DocumentLine } from './generated/DocumentLine';
import type { IncidentLine } from './generated/IncidentLine';
import type { LockerView } from './generated/LockerView';
import type { LogAsked } from './generated/LogAsked';
import type { LogView } from './generated/LogView';
import type { LookedAgain } from './generated/LookedAgain';
import type { MessagePreview } from './generated/MessagePreview';
import type { MessageTemplate } from './generated/MessageTemplate';
import type { MetricsView } from './generated/MetricsView';
import type { PrintAsked } from './generated/PrintAsked';
import type { PrintedView } from './generated/PrintedView';
import type { RecordAsked } from './generated/RecordAsked';
import type { RecordedView } from './generated/RecordedView';
import type { ServiceLine } from './generated/ServiceLine';
import type { StepAsked } from './generated/StepAsked';
import type { AcceptedView } from './generated/AcceptedView';
import type { AccountAsked } from './generated/AccountAsked';
import type { Approving } from './generated/Approving';
import type { BatchView } from './generated/BatchView';
import type { BoothView } from './generated/BoothView';
import type { CertificateView } from './generated/CertificateView';
import type { ChoicesView } from './generated/ChoicesView';
import type { ClosedView } from './generated/ClosedView';
import type { GuardView } from './generated/GuardView';
import type { LetterForm } from './generated/LetterForm';
import type { MessagesView } from './generated/MessagesView';
import type { NoticeView } from './generated/NoticeView';
import type { OfficeView } from './generated/OfficeView';
import type { OwnElectionLine } from './generated/OwnElectionLine';
import type { OwnElectionView } from './generated/OwnElectionView';
import type { OwnReceiptView } from './generated/OwnReceiptView';
import type { OwnResultView } from './generated/OwnResultView';
import type { PaperBallotsView } from './generated/PaperBallotsView';
import type { PostCloseView } from './generated/PostCloseView';
import type { PreCloseView } from './generated/PreCloseView';
import type { ProxyView } from './generated/ProxyView';
import type { PublicFormWord } from './generated/PublicFormWord';
import type { PublishedView } from './generated/PublishedView';
import type { RollColumnsView } from './generated/RollColumnsView';
import type { RollPageView } from './generated/RollPageView';
import type { RollPlanView } from './generated/RollPlanView';
import type { SetupView } from './generated/SetupView';
import type { TemplateView } from './generated/TemplateView';
import type { WrittenView } from './generated/WrittenView';
import type { AddressesPage } from './generated/AddressesPage';
import type { InquiryView } from './generated/InquiryView';
import type { PrintKind } from './generated/PrintKind';
import type { PaperWord } from './generated/PaperWord';
import type { AuditAsked } from './generated/AuditAsked';
import type { AuditPage } from './generated/AuditPage';
import type { CaseView } from './generated/CaseView';
import type { ChoiceView } from './generated/ChoiceView';
import type { ChosenInputs } from './generated/ChosenInputs';
import type { ConcernedPage } from './generated/ConcernedPage';
import type { CountView } from './generated/CountView';
import type { RuleView } from './generated/RuleView';
import type { CredentialsAsked } from './generated/CredentialsAsked';
import type { CredentialsPage } from './generated/CredentialsPage';
import type { DropEvent } from './generated/DropEvent';
import type { ErrorView } from './generated/ErrorView';
import type { EvidenceRow } from './generated/EvidenceRow';
import type { ExportKind } from './generated/ExportKind';
import type { JobEvent } from './generated/JobEvent';
import type { KeysChoice } from './generated/KeysChoice';
import type { KeysHeld } from './generated/KeysHeld';
import type { KnownView } from './generated/KnownView';
import type { LedgerRow } from './generated/LedgerRow';
import type { MarkWord } from './generated/MarkWord';
import type { ReceiptsView } from './generated/ReceiptsView';
import type { PileView } from './generated/PileView';
import type { RecentCase } from './generated/RecentCase';
import type { ReportView } from './generated/ReportView';
import type { SaidView } from './generated/SaidView';
import type { Start } from './generated/Start';
import type { TablePage } from './generated/TablePage';
import type { ExportTable } from './generated/ExportTable';
import type { VotesAsked } from './generated/VotesAsked';
import type { VotesPage } from './generated/VotesPage';

/** Commands that answer once. `null` in a result means that the user cancelled a dialog. */
export interface Commands {
  start: { args: Record<never, never>; result: Start };
  new_case: { args: Record<never, never>; result: CaseView | null };
  open_case: { args: Record<never, never>; result: CaseView | null };
  open_recent: { args: { path: string }; result: CaseView };
  forget_recent: { args: { path: string }; result: RecentCase[] };
  close_case: { args: Record<never, never>; result: RecentCase[] };
  case_info: { args: Record<never, never>; result: CaseView };
  choose_folder: { args: Record<never, never>; result: ChosenInputs | null };
  choose_files: { args: Record<never, never>; result: ChosenInputs | null };
  choose_sample: { args: Record<never, never>; result: ChosenInputs };
  cancel_job: { args: { id: number }; result: null };
  keys_held: { args: Record<never, never>; result: KeysHeld };
  choose_key_file: { args: Record<never, never>; result: KeysHeld | null };
  report: { args: Record<never, never>; result: ReportView | null };
  evidence: { args: Record<never, never>; result: EvidenceRow[] };
  votes_page: { args: { electionId: string; asked: VotesAsked; from: number; limit: number }; result: VotesPage };
  vote_place: { args: { electionId: string; asked: VotesAsked; number: number }; result: number | null };
  choices: { args: { electionId: string }; result: ChoiceView[] };
  audit_page: { args: { asked: AuditAsked; from: number; limit: number }; result: AuditPage };
  audit_place: { args: { asked: AuditAsked; id: number }; result: number | null };
  credentials_page: { args: { electionId: string; asked: CredentialsAsked; from: number; limit: number }; result: CredentialsPage };
  tables: { args: Record<never, never>; result: ExportTable[] };
  table_page: { args: { table: string; text: string; from: number; limit: number }; result: TablePage };
  addresses_page: { args: { electionId: string; text: string; from: number; limit: number }; result: AddressesPage };
  finding_rows: { args: FindingName & { from: number; limit: number }; result: ConcernedPage };
  mark_finding: { args: FindingName & { mark: MarkWord; reason: string }; result: ReportView | null };
  unmark_finding: { args: FindingName; result: ReportView | null };
  inquiries: { args: { electionId: string }; result: InquiryView[] };
  print_on: { args: { paper: PaperWord }; result: null };
  print_subject: { args: { kind: PrintKind }; result: string | null };
  print_comparison: { args: { kind: PrintKind }; result: string | null };
  assume: { args: { electionId: string; said: SaidView }; result: null };
  assume_file: { args: { system: string }; result: boolean };
  known: { args: { electionId: string }; result: KnownView };
  say_known: { args: { electionId: string; said: KnownView }; result: null };
  check_receipts: { args: { text: string }; result: ReceiptsView };
  check_receipt_file: { args: Record<never, never>; result: ReceiptsView | null };
  print_receipts: { args: Record<never, never>; result: string | null };
  forget_receipts: { args: Record<never, never>; result: null };
  count_rules: { args: Record<never, never>; result: RuleView[] };
  count_election: { args: { electionId: string; rule: string | null; seats: number | null; arithmetic: string | null }; result: CountView };
  count_file: { args: { rule: string; seats: number | null; arithmetic: string | null }; result: CountView | null };
  count_pile: {
    args: { round: number; holder: number | null; naming: number | null; from: number; limit: number };
    result: PileView | null;
  };
  compare_count: { args: Record<never, never>; result: CountView | null };
  print_count: { args: Record<never, never>; result: string | null };
  ledger: { args: Record<never, never>; result: LedgerRow[] };
  office: { args: Record<never, never>; result: OfficeView };
  found_office: { args: { name: string; passphrase: string; casePassphrase: string }; result: OfficeView };
  sign_in: { args: { name: string; passphrase: string; casePassphrase: string | null }; result: OfficeView };
  sign_out: { args: Record<never, never>; result: OfficeView };
  touch_office: { args: Record<never, never>; result: OfficeView };
  set_idle_minutes: { args: { minutes: number }; result: OfficeView };
  put_account: { args: { account: AccountAsked }; result: OfficeView };
  own_elections: { args: Record<never, never>; result: OwnElectionLine[] };
  own_election: { args: OwnId; result: OwnElectionView };
  contest_methods: { args: Record<never, never>; result: RuleView[] };
  new_own_election: { args: { title: string; timeZone: string }; result: string };
  set_own_election: { args: OwnId & { setup: SetupView }; result: null };
  delete_own_election: { args: OwnId; result: null };
  clone_own_election: { args: OwnId; result: string };
  nominations: { args: OwnId & { areOpen: boolean }; result: null };
  nominate: { args: OwnId & { contest: string; candidate: string; name: string; voter: string }; result: null };
  answer_nomination: { args: OwnId & { candidate: string; accepts: boolean }; result: null };
  open_own_election: { args: OwnAct; result: number };
  choose_roll: { args: Record<never, never>; result: RollPlanView | null };
  plan_roll: { args: { columns: RollColumnsView }; result: RollPlanView };
  import_roll: { args: OwnId & { columns: RollColumnsView }; result: null };
  roll_page: { args: OwnId & { text: string }; result: RollPageView };
  proxies: { args: OwnId; result: ProxyView[] };
  grant_proxy: { args: OwnId & { voter: string; proxy: string; reason: string }; result: null };
  revoke_proxy: { args: OwnId & { number: number }; result: null };
  write_letters: { args: OwnAct & { form: LetterForm }; result: WrittenView | null };
  reissue_credential: { args: OwnAct & { voter: string; form: LetterForm }; result: WrittenView | null };
  open_booth: { args: OwnAct; result: BoothView };
  booth: { args: Record<never, never>; result: BoothView | null };
  sign_in_voter: { args: { credential: string }; result: AcceptedView };
  cast_ballot: { args: { choices: ChoicesView }; result: OwnReceiptView };
  leave_voter: { args: Record<never, never>; result: null };
  close_booth: { args: { name: string; passphrase: string }; result: OfficeView };
  paper_batches: { args: OwnId; result: BatchView[] };
  enter_paper: { args: OwnAct & { number: number | null; label: string; entry: PaperBallotsView[] }; result: BatchView };
  choose_paper_file: { args: Record<never, never>; result: PaperBallotsView[] | null };
  attest_paper: { args: OwnAct & { number: number }; result: BatchView };
  void_paper: { args: OwnAct & { number: number; reason: string }; result: null };
  hand_out_paper: { args: OwnAct & { voter: string }; result: null };
  extend_election: { args: OwnAct & { end: string; reason: string }; result: null };
  exclude_vote: { args: OwnAct & { vote: string; reason: string }; result: null };
  merge_write_ins: { args: OwnId & { contest: string; written: string; target: string }; result: null };
  roll_back_election: { args: OwnAct & { reason: string; end: string | null }; result: null };
  cancel_election: { args: OwnAct & { reason: string }; result: null };
  notices: { args: OwnId; result: NoticeView[] };
  notice_templates: { args: OwnId; result: TemplateView[] };
  prepare_notice: { args: OwnAct & { template: string; values: Record<string, string> }; result: number };
  notice_messages: { args: OwnId & { notice: number }; result: MessagesView };
  write_notice: { args: OwnAct & { notice: number }; result: WrittenView | null };
  confirm_notice: { args: OwnId & { notice: number; sent: number; failed: number; skipped: number }; result: null };
  pre_close: { args: OwnId; result: PreCloseView };
  close_own_election: { args: OwnAct & { confirm: string; earlyReason: string | null; countNow: boolean }; result: ClosedView };
  post_close: { args: OwnId; result: PostCloseView };
  count_own_election: { args: OwnAct; result: OwnResultView };
  own_result: { args: OwnId; result: OwnResultView | null };
  certify_election: { args: OwnAct; result: CertificateView };
  certificate: { args: OwnId; result: CertificateView | null };
  print_certificate: { args: OwnId; result: string | null };
  privacy_guard: { args: OwnId; result: GuardView };
  publish_election: { args: OwnAct & { form: PublicFormWord; acceptsRisks: boolean }; result: PublishedView | null };
  reveal_key: { args: OwnAct; result: string };
  incidents: { args: Record<never, never>; result: IncidentLine[] };
  incident: { args: OwnId; result: BoardView };
  incident_clocks: { args: OwnId; result: ClocksView };
  declare_form: { args: Record<never, never>; result: DeclareView };
  declare_incident: { args: { asked: DeclareAsked }; result: RecordedView };
  record_incident: { args: OwnAct & { record: RecordAsked; happened: string | null }; result: RecordedView };
  apply_playbook: { args: OwnId & { playbook: string }; result: RecordedView };
  add_incident_election: { args: OwnId & { election: string }; result: RecordedView };
  change_step: { args: OwnId & { step: StepAsked }; result: RecordedView };
  run_step: { args: OwnAct & { step: StepAsked }; result: RecordedView };
  run_check: { args: OwnAct & { function: string }; result: RecordedView };
  tick_item: { args: OwnId & { checklist: string; item: string; done: boolean; note: string }; result: RecordedView };
  take_decision: { args: OwnAct & { choice: ChoiceAsked }; result: RecordedView };
  set_incident_role: { args: OwnId & { role: string; person: string | null }; result: RecordedView };
  note_call: { args: OwnId & { level: number | null; person: string | null; method: string; reason: string }; result: RecordedView };
  hold_back: { args: OwnId & { acts: string[]; election: string | null; message: string }; result: RecordedView };
  note_override: { args: OwnAct & { guard: string; act: string; election: string }; result: RecordedView };
  add_action: { args: OwnId & { text: string; owner: string; priority: string; due: string | null }; result: RecordedView };
  incident_templates: { args: OwnId; result: MessageTemplate[] };
  preview_incident_notice: { args: OwnId & { template: string; values: Record<string, string> }; result: MessagePreview };
  prepare_incident_notice: {
    args: OwnId & { template: string; values: Record<string, string>; audience: string; subject: string; body: string; channel: string };
    result: RecordedView;
  };
  approve_incident_notice: { args: OwnId & { message: string }; result: RecordedView };
  confirm_incident_notice: { args: OwnId & { message: string; channel: string }; result: RecordedView };
  write_incident_notice: { args: OwnId & { message: string }; result: string | null };
  locker: { args: OwnId; result: LockerView };
  add_evidence: { args: OwnId & { about: AboutAsked; areDropped: boolean }; result: string[] };
  add_evidence_note: { args: OwnId & { text: string; about: AboutAsked }; result: string };
  verify_evidence: { args: OwnId & { item: string | null }; result: LookedAgain[] };
  seal_evidence: { args: OwnId; result: string };
  export_evidence: { args: { item: string; name: string; why: string }; result: string | null };
  search_log: { args: { item: string; asked: LogAsked }; result: LogView };
  pin_line: { args: { item: string; number: number; note: string }; result: RecordedView };
  take_excerpt: { args: { item: string; from: number; to: number; about: AboutAsked }; result: string };
  import_alerts: { args: OwnId; result: AlertsView | null };
  contacts: { args: Record<never, never>; result: ContactsView };
  save_contacts: { args: { contacts: ContactLine[]; services: ServiceLine[] }; result: ContactsView };
  incident_commands: { args: OwnId & { commands: string[]; warningsRead: string[] }; result: CommandView[] };
  save_command_values: { args: { values: Record<string, string> }; result: null };
  incident_metrics: { args: Record<never, never>; result: MetricsView };
  export_metrics: { args: Record<never, never>; result: string | null };
  incident_papers: { args: Record<never, never>; result: DocumentLine[] };
  print_incident: { args: { asked: PrintAsked }; result: PrintedView | null };
}

/** An election that is run here, or an incident. */
export interface OwnId {
  id: string;
}

/** An act on it that may need a second person or the passphrase of the case. */
export interface OwnAct extends OwnId {
  approving: Approving;
}

/** What names a finding, also after a new verification. */
export interface FindingName {
  electionId: string;
  code: string;
  key: string;
}

/** Commands that start long work and answer with its number; the rest comes as events. */
export interface JobCommands {
  recheck: Record<never, never>;
  plan_import: Record<never, never>;
  import: Record<never, never>;
  audit: { keys: KeysChoice };
  prepare_search: Record<never, never>;
  export: { electionId: string; kind: ExportKind; withOriginals: boolean };
  look_up_subject: { text: string };
  compare_with: { isCase: boolean };
}

/** The one door to the program. */
export interface Ipc {
  call<K extends keyof Commands>(name: K, args: Commands[K]['args']): Promise<Commands[K]['result']>;
  /** Starts long work. `null` where the user cancelled the dialog that belongs to it. */
  startJob<K extends keyof JobCommands>(
    name: K,
    args: JobCommands[K],
    onEvent: (event: JobEvent) => void,
  ): Promise<number | null>;
  watchDrops(onEvent: (event: DropEvent) => void): Promise<void>;
}

/** Whatever was thrown, as something that can be shown. */
export function asErrorView(thrown: unknown): ErrorView {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'message' in thrown) {
    return thrown as ErrorView;
  }
  return {
    code: 'internal',
    message: thrown instanceof Error ? thrown.message : String(thrown),
    file: null,
    row: null,
    column: null,
    nextStep: 'Try again. If it happens again, report it with the copied details.',
  };
}
