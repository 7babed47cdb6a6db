// A program that exists only in memory: for tests, and for looking at the window in a browser while developing. Its
// election is invented. Every answer can be replaced through `answers`.

import { wholeExtent } from '../state/rows.svelte';
import type { Commands, Ipc, JobCommands } from './contract';
import { electionAnswers } from './fake_elections';
import { incidentAnswers } from './fake_incidents';
import type { CaseView } from './generated/CaseView';
import type { DropEvent } from './generated/DropEvent';
import type { ElectionView } from './generated/ElectionView';
import type { ErrorView } from './generated/ErrorView';
import type { EvidenceRow } from './generated/EvidenceRow';
import type { FindingView } from './generated/FindingView';
import type { JobEvent } from './generated/JobEvent';
import type { JobOutcome } from './generated/JobOutcome';
import type { PlanView } from './generated/PlanView';
import type { ReceiptsView } from './generated/ReceiptsView';
import type { ReceiptView } from './generated/ReceiptView';
import type { ReportView } from './generated/ReportView';
import type { VoteRow } from './generated/VoteRow';

const HASH = '3f8a1c9e5b7d2f4061728394a5b6c7d8e9f00112233445566778899aabbccdd0';

export const fakeCase: CaseView = {
  title: 'Harbor Ridge',
  path: '/cases/Harbor Ridge.scrutineer',
  createdAt: '2026-03-01 09:00:00 UTC',
  ledgerHead: HASH,
  ledgerEntries: 3,
  evidenceFiles: 3,
  votes: 46,
  auditEntries: 60,
  elections: [{ id: 'e1', title: 'Harbor Ridge Officer Election' }],
  hasReport: true,
  hasOffice: false,
  isSample: true,
};

export const emptyCase: CaseView = {
  ...fakeCase,
  evidenceFiles: 0,
  votes: 0,
  auditEntries: 0,
  elections: [],
  hasReport: false,
};

export function fakeFinding(changes: Partial<FindingView> = {}): FindingView {
  return {
    code: 'S101',
    severity: 'critical',
    title: "The vote's signature does not match its fields",
    detail: '3 votes do not match their signature.',
    subjects: ['vote:v1', 'vote:v2', 'vote:v3'],
    count: 3,
    evidence: [{ path: 'votes.json', row: 17 }],
    rule: 'Every signed field of a vote is part of the signed text; one altered byte changes the signature.',
    innocentCauses: 'The export changed a signed field on its way, or the vote was signed under another key.',
    outcomeCanChange: true,
    outcome: 'Without these votes another candidate could win Chief.',
    nextStep: 'Compare the row with a second export or a backup made before.',
    claim: 'votes.signatures',
    electionId: 'e1',
    key: HASH,
    review: null,
    ...changes,
  };
}

export const fakeElection: ElectionView = {
  id: 'e1',
  title: 'Harbor Ridge Officer Election',
  system: 'logbook',
  verdict: 'contradicted',
  sentence: '46 votes checked: 3 do not match their signature. The winner for Chief could change.',
  claims: [
    {
      id: 'votes.signatures',
      title: 'Every vote is as it was when it was cast',
      verdict: 'contradicted',
      checked: 46,
      failed: 3,
      assumption: 'The key that was given is the key that signed, and nobody else has it.',
      figures: [['valid', '41']],
    },
    {
      id: 'audit.chain',
      title: 'The audit log is complete',
      verdict: 'proved',
      checked: 60,
      failed: 0,
      assumption: 'The hashes were made with the key that was given.',
      figures: [],
    },
    {
      id: 'votes.credentials',
      title: 'Every vote belongs to an issued credential',
      verdict: 'cannot_tell',
      checked: 0,
      failed: 0,
      assumption: 'The salt that links votes and credentials was destroyed when the election closed.',
      figures: [],
    },
    {
      id: 'votes.chain',
      title: 'No vote was removed or inserted',
      verdict: 'consistent',
      checked: 46,
      failed: 0,
      assumption: 'The chain is not keyed: who can write the table can link it anew.',
      figures: [],
    },
  ],
  findings: [
    fakeFinding(),
    fakeFinding({ code: 'T403', severity: 'info', title: 'Smallest number of ballots that would change the outcome', subjects: [], count: 0, outcomeCanChange: null, outcome: '' }),
    fakeFinding({ code: 'A501', severity: 'major', claim: 'votes.patterns', title: 'A burst of votes in time', outcomeCanChange: null, subjects: ['vote:v9'], count: 1 }),
  ],
  originCheck: { totalVotes: 46, validSignatures: 41, unsignedVotes: 2, tamperedVotes: 3, chainVerified: false, status: 'FAIL' },
  tally: {
    isPublished: true,
    isRecounted: true,
    agrees: true,
    firstDifference: null,
    contests: [
      {
        position: 'Chief',
        candidates: [
          { id: 'c1', name: 'Member 02', published: '13', recounted: '13', isPublishedWinner: true, isRecountedWinner: true },
          { id: 'c2', name: 'Member 03', published: '6', recounted: '6', isPublishedWinner: false, isRecountedWinner: false },
        ],
      },
    ],
  },
  ballotChain: null,
  exhibit: {
    status: 'closed',
    timeline: Array.from({ length: 60 }, (_, step) => ({
      at: `2026-02-10 ${String(14 + Math.floor(step / 15)).padStart(2, '0')}:${String((step * 4) % 60).padStart(2, '0')}`,
      votes: 1 + ((step * 7) % 5),
    })),
    isByMinute: true,
    events: [
      { at: '2026-02-10T14:00:00+00:00', kind: 'opened', text: 'Voting opened' },
      { at: '2026-02-10T16:00:00+00:00', kind: 'reminder', text: 'Reminder sent' },
      { at: '2026-02-10T18:00:00+00:00', kind: 'closed', text: 'Voting closed' },
    ],
    excluded: [],
    excludedTotal: 0,
    rollbacks: [],
    tokens: { issued: 24, used: 22, openedUnused: 1 },
    addresses: [],
    addressesTotal: 0,
    areAddressesDeleted: true,
  },
  candidates: { c1: 'Member 02', c2: 'Member 03' },
  settings: null,
  tables: [],
};

/** An election of ranked ballots: no votes with times, but a chain and tables of its own. */
export const fakeBallots: ElectionView = {
  ...fakeElection,
  id: '41',
  title: 'Council election',
  system: 'astra',
  verdict: 'consistent',
  sentence: '25 ballots checked, 20 of them final: everything that could be tested fits.',
  findings: [],
  originCheck: null,
  ballotChain: { rows: 25, isVerified: true, head: HASH, breaks: [], breaksTotal: 0 },
  exhibit: null,
  candidates: {},
  settings: {
    electionNumber: { value: 41, source: 'found', by: 'the chain starts from it' },
    seats: { value: null, source: 'missing', by: '' },
    quorum: { value: null, source: 'missing', by: '' },
    groups: { value: null, source: 'missing', by: '' },
    groupList: [],
    candidates: [
      { id: 4103, name: 'Amber' },
      { id: 4107, name: 'Birch' },
    ],
  },
  tables: [
    {
      name: 'rounds',
      title: 'Rounds of the recount',
      note: 'Votes to four digits behind the point.',
      columns: [
        { title: 'Round', isNumber: true },
        { title: 'What happened', isNumber: false },
      ],
      rows: [['1', 'Amber is elected.']],
      rowsTotal: 1,
    },
    { name: 'attestations', title: 'Entries of the attestation log', note: '', columns: [{ title: 'Event', isNumber: false }], rows: [], rowsTotal: 0 },
  ],
};

export function fakeReceipt(changes: Partial<ReceiptView> = {}): ReceiptView {
  return {
    number: 1,
    code: HASH,
    told: 'Your ballot is in the export, and it is the one that counts.',
    isContradicting: false,
    isWellFormed: true,
    isIncluded: true,
    isReplaced: false,
    fitsItself: null,
    placeFits: true,
    rankingFits: null,
    weightFits: true,
    ...changes,
  };
}

const fakeReceipts: ReceiptsView = { receipts: [fakeReceipt()], total: 1, included: 1, contradicting: 0 };

export const fakeReport: ReportView = {
  elections: [fakeElection],
  findings: [],
  auditChain: { isVerified: true, totalChecked: 60, errors: [], errorsTotal: 0 },
};

export const fakePlan: PlanView = {
  files: [
    { path: 'votes.json', bytes: 44129, sha256: HASH, system: 'logbook', kind: 'votes', rows: 46, rejected: 0 },
    { path: 'audit_logs.json', bytes: 39941, sha256: HASH, system: 'logbook', kind: 'audit_logs', rows: 60, rejected: 0 },
  ],
  tables: [
    { name: 'votes', rows: 46 },
    { name: 'audit_logs', rows: 60 },
  ],
  rejects: [],
  rejectsTotal: 0,
  rowsKnown: 0,
  ignored: [{ path: 'readme.txt', reason: 'no known kind of export' }],
};

export const fakeEvidence: EvidenceRow[] = fakePlan.files.map((file) => ({
  path: file.path,
  sha256: file.sha256,
  bytes: file.bytes,
  system: file.system,
  kind: file.kind,
  rows: file.rows,
  isKept: true,
}));

export function fakeVote(number: number): VoteRow {
  return {
    number,
    id: `v${number}`,
    position: number % 2 === 0 ? 'Chief' : 'Secretary',
    candidateId: number % 3 === 0 ? 'c2' : 'c1',
    rank: '',
    votedAt: '2026-02-10 14:03:00',
    voter: HASH,
    address: '',
    signature: number % 17 === 0 ? '' : HASH,
    chainHash: HASH,
    isTest: false,
    isPaper: number % 9 === 0,
    isProxy: false,
    excludedAt: '',
    excludedBy: '',
    exclusionReason: '',
    codes: number <= 3 ? ['S101'] : [],
    place: { path: 'votes.json', row: number },
  };
}

type Answers = { [K in keyof Commands]?: (args: Commands[K]['args']) => Commands[K]['result'] };
type Outcomes = { [K in keyof JobCommands]?: (args: JobCommands[K]) => JobOutcome | ErrorView | 'cancelled' };

export interface Fake extends Ipc {
  /** Names of commands in the order of their calls. */
  calls: string[];
  drop(event: DropEvent): void;
}

/** A fake program; `answers` and `outcomes` replace single ones. */
export function fakeIpc(answers: Answers = {}, outcomes: Outcomes = {}): Fake {
  const votes = 46;
  const defaults: Required<Answers> = {
    ...electionAnswers,
    ...incidentAnswers,
    start: () => ({ version: '0.1.0', case: null, error: null, isSample: false, recent: [{ path: fakeCase.path, title: fakeCase.title }] }),
    new_case: () => emptyCase,
    open_case: () => fakeCase,
    open_recent: () => fakeCase,
    forget_recent: () => [],
    close_case: () => [],
    case_info: () => fakeCase,
    choose_folder: () => ({ paths: ['/exports/harbor'], isSample: false }),
    choose_files: () => ({ paths: ['/exports/harbor/votes.json'], isSample: false }),
    choose_sample: () => ({ paths: ['/sample/export'], isSample: true }),
    cancel_job: () => null,
    keys_held: () => ({ keys: [], warnings: [] }),
    choose_key_file: () => ({ keys: ['VOTE_SIGNING_KEY of file keys.env'], warnings: [] }),
    report: () => fakeReport,
    evidence: () => fakeEvidence,
    votes_page: ({ asked, from, limit }) => {
      const fitting = Array.from({ length: votes }, (_, step) => fakeVote(step + 1)).filter((vote) => vote.id.startsWith(asked.id));
      return { rows: fitting.slice(from, from + limit), extent: { ...wholeExtent(fitting.length), searched: votes, total: votes }, isSortable: true, isPrepared: true };
    },
    vote_place: ({ number }) => number - 1,
    choices: () => [
      { id: 'c1', name: 'Member 02', contest: 'Chief' },
      { id: 'c2', name: 'Member 03', contest: 'Chief' },
    ],
    audit_page: () => ({ rows: [], extent: wholeExtent(0) }),
    audit_place: () => null,
    credentials_page: () => ({ rows: [], extent: wholeExtent(0) }),
    tables: () => [],
    table_page: () => ({ rows: [], extent: wholeExtent(0) }),
    addresses_page: () => ({ rows: [], total: 0 }),
    finding_rows: ({ from, limit }) => {
      const rows = ['vote:v1', 'vote:v2', 'vote:v3'].map((subject, row) => ({ subject, place: { path: 'votes.json', row: row + 1 } }));
      return { rows: rows.slice(from, from + limit), total: rows.length };
    },
    mark_finding: ({ code, mark, reason }) => ({
      ...fakeReport,
      elections: [
        {
          ...fakeElection,
          findings: fakeElection.findings.map((finding) =>
            finding.code === code ? { ...finding, review: { mark, reason, by: 'auditor', at: '2026-03-01T09:00:00+00:00' } } : finding,
          ),
        },
      ],
    }),
    unmark_finding: () => fakeReport,
    inquiries: () => [
      {
        id: 'voted-twice',
        title: 'Somebody voted twice',
        sentence: 'One step says yes.',
        steps: [{ question: 'Is a voter counted twice?', answer: 'yes', sentence: 'Yes: R306.', findings: ['R306'], evidence: ['vote:v1'] }],
        whoLooked: 'Nobody ran a report on it.',
        notLogged: ['Reading of the database by its owner.'],
      },
    ],
    print_on: () => null,
    print_subject: () => '/home/auditor/Subject.pdf',
    print_comparison: () => '/home/auditor/Comparison.pdf',
    assume: () => null,
    assume_file: () => true,
    known: () => ({ events: [], addresses: [] }),
    say_known: () => null,
    check_receipts: () => fakeReceipts,
    check_receipt_file: () => fakeReceipts,
    count_rules: () => [],
    count_election: () => {
      throw { code: 'not_yet', message: 'This election cannot be counted.', file: null, row: null, column: null, nextStep: 'Import its votes.' };
    },
    count_file: () => null,
    count_pile: () => null,
    compare_count: () => null,
    print_count: () => null,
    print_receipts: () => '/home/auditor/Receipt statement.pdf',
    forget_receipts: () => null,
    ledger: () => [{ number: 1, at: '2026-03-01 09:00:00 UTC', actor: 'auditor', act: 'case created', detail: fakeCase.title, hash: HASH }],
  };
  const done: Required<Outcomes> = {
    recheck: () => ({ kind: 'rechecked', problems: [] }),
    plan_import: () => ({ kind: 'planned', plan: fakePlan }),
    import: () => ({ kind: 'imported', plan: fakePlan }),
    audit: () => ({ kind: 'audited', report: fakeReport }),
    prepare_search: () => ({ kind: 'prepared', made: 5 }),
    look_up_subject: ({ text }) => ({
      kind: 'subject',
      subject: {
        subject: text,
        sentence: '1 of 46 rows speak of it, and 1 findings name it.',
        findings: [{ code: 'S101', severity: 'critical', title: 'A vote was altered' }],
        tables: [{ name: 'votes', total: 1, rows: [{ key: `vote:${text}`, place: 'votes.json, row 1', columns: ['key'], fields: [['id', text]] }] }],
        around: [{ key: 'audit:7', at: '2026-03-01T09:00:00Z', event: 'vote_cast', who: 'member', speaks: true }],
      },
    }),
    compare_with: () => ({
      kind: 'compared',
      comparison: {
        other: '/home/auditor/november',
        sentence: '1 rows differ. 1 of them are explained by no audit entry (R313).',
        unexplained: 1,
        tables: [
          { name: 'votes', rowsHere: 46, rowsThere: 46, same: 45, changed: 1, changes: [{ key: 'vote:v1', change: 'altered', fields: [['candidate_id', 'c1', 'c2']], explained: '' }] },
        ],
        onlyInOne: [],
      },
    }),
    export: ({ kind }) => ({ kind: 'saved', paths: [`/exports/report.${kind}`], signer: kind === 'bundle' ? 'lusab-babad-gutih-tugad-mudof' : null }),
  };
  let onDrop: (event: DropEvent) => void = () => {};
  const calls: string[] = [];
  return {
    calls,
    drop: (event) => onDrop(event),
    async call(name, args) {
      calls.push(name);
      const answer = answers[name] ?? defaults[name];
      return answer(args);
    },
    async startJob(name, args, onEvent) {
      calls.push(name);
      const outcome = (outcomes[name] ?? done[name])(args);
      queueMicrotask(() => onEvent(lastWord(outcome)));
      return calls.length;
    },
    async watchDrops(onEvent) {
      onDrop = onEvent;
    },
  };
}

function lastWord(outcome: JobOutcome | ErrorView | 'cancelled'): JobEvent {
  if (outcome === 'cancelled') return { kind: 'cancelled' };
  return 'code' in outcome ? { kind: 'failed', error: outcome } : { kind: 'done', outcome };
}
