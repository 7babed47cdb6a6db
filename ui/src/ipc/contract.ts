// What the window may ask of the program: each command declared once, as name -> arguments and result. The Rust side is
// src-tauri/src/commands/; the shapes are generated from src-tauri/src/wire/.

import type { AddressesPage } from './generated/AddressesPage';
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
  assume: { args: { electionId: string; said: SaidView }; result: null };
  assume_file: { args: Record<never, never>; result: boolean };
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
  export: { electionId: string; kind: ExportKind };
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
