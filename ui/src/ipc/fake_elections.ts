// The part of the fake program that runs elections: one draft with an office of three people, phase by phase.

import type { Commands } from './contract';
import type { ActView } from './generated/ActView';
import type { ActWord } from './generated/ActWord';
import type { ContestSetupView } from './generated/ContestSetupView';
import type { OfficeView } from './generated/OfficeView';
import type { OwnElectionView } from './generated/OwnElectionView';
import type { OwnResultView } from './generated/OwnResultView';
import type { PhaseWord } from './generated/PhaseWord';
import type { PreCloseView } from './generated/PreCloseView';
import type { SetupView } from './generated/SetupView';

const HASH = '3f8a1c9e5b7d2f4061728394a5b6c7d8e9f00112233445566778899aabbccdd0';

export const fakeOffice: OfficeView = {
  accounts: [
    { name: 'Anna', role: 'administrator', isActive: true },
    { name: 'Ben', role: 'witness', isActive: true },
    { name: 'Cleo', role: 'clerk', isActive: true },
  ],
  person: { name: 'Anna', role: 'administrator' },
  hasKey: false,
  idleMinutes: 10,
  booth: null,
};

export function fakeContest(id: string, title: string, method: string, names: string[], changes: Partial<ContestSetupView> = {}): ContestSetupView {
  return {
    id, title, description: '', seats: 1, method, arithmetic: null, most_choices: 0, most_points: 5, write_ins: false, victory: 'most_votes', ties: 'drawn_order',
    candidates: names.map((name) => ({ id: name.toLowerCase(), name, statement: '', voter: '', nominated_by: '', standing: 'accepted' as const })),
    exclusion_groups: [],
    ...changes,
  };
}

export const fakeSetup: SetupView = {
  title: 'Club board',
  description: '',
  time_zone: 'Europe/Vienna',
  starts_at: null,
  ends_at: '2099-01-31T17:00:00+00:00',
  ballots: 'secret',
  second_ballot: 'replace',
  quorum: 'none',
  weighted: false,
  most_proxies: 0,
  paper_attestations: 0,
  most_runoffs: 0,
  runoff_round: 0,
  contact: 'the office',
  place: 'the hall',
  leadership: [],
  second_person: ['close'],
  contests: [
    fakeContest('chair', 'Chair', 'plurality', ['Ash', 'Birch'], { write_ins: true }),
    fakeContest('board', 'Board', 'scotland', ['Cedar', 'Elm', 'Fir'], { seats: 2 }),
    fakeContest('motion', 'Motion', 'approval', ['Yes', 'No']),
  ],
};

const ACTS: ActWord[] = [
  'edit', 'import_roll', 'open_nominations', 'close_nominations', 'nominate', 'open', 'print_letters', 'cast', 'record_paper', 'attest_paper', 'void_paper', 'proxy', 'extend',
  'exclude_vote', 'merge_write_ins', 'notify', 'close', 'count', 'certify', 'publish', 'reveal_key', 'roll_back', 'cancel', 'delete', 'clone', 'inspect', 'override',
];

const POSSIBLE: Record<PhaseWord, ActWord[]> = {
  draft: ['edit', 'import_roll', 'open_nominations', 'nominate', 'open', 'proxy', 'notify', 'cancel', 'delete', 'clone'],
  nominating: ['edit', 'import_roll', 'close_nominations', 'nominate', 'notify', 'cancel', 'clone'],
  open: ['print_letters', 'cast', 'record_paper', 'attest_paper', 'void_paper', 'extend', 'exclude_vote', 'merge_write_ins', 'notify', 'close', 'cancel', 'clone'],
  closed: ['exclude_vote', 'merge_write_ins', 'notify', 'count', 'reveal_key', 'cancel', 'clone'],
  tallied: ['notify', 'certify', 'reveal_key', 'cancel', 'clone'],
  certified: ['notify', 'publish', 'reveal_key', 'clone'],
  published: ['notify', 'reveal_key', 'clone'],
  cancelled: ['clone'],
};

export function fakeOwn(phase: PhaseWord = 'draft', changes: Partial<OwnElectionView> = {}): OwnElectionView {
  const at = ['draft', 'open', 'closed', 'tallied', 'certified', 'published'].indexOf(phase);
  const since = (place: number) => (at >= place ? '2026-11-21T10:00:00+00:00' : null);
  const acts: ActView[] = ACTS.map((act) => ({
    act,
    refused: POSSIBLE[phase].includes(act) ? '' : `cannot do this while the election is ${phase}: it is not the time`,
    needsSecond: act === 'close' || act === 'certify',
  }));
  return {
    id: '00c0ffee00c0ffee',
    phase,
    setup: fakeSetup,
    openedAt: since(1),
    endsAt: fakeSetup.ends_at,
    closedAt: since(2),
    countedAt: since(3),
    certifiedAt: since(4),
    publishedAt: since(5),
    cancelledAt: phase === 'cancelled' ? '2026-11-21T10:00:00+00:00' : null,
    chainHead: HASH,
    turnout: { eligibleVoters: 12, eligibleVotes: 12, voters: 8, ballots: 9, replaced: 1, excluded: 0, paper: 2, quorumRequired: 4, isQuorumMet: true },
    remarks: [],
    isLeadershipWaiting: false,
    missing: [],
    acts,
    locks: [],
    ...changes,
  };
}

export const fakePreClose: PreCloseView = {
  electionId: '00c0ffee00c0ffee',
  title: 'Club board',
  now: '2026-11-21T10:00:00+00:00',
  endsAt: fakeSetup.ends_at,
  isEarly: true,
  turnout: fakeOwn().turnout,
  remarks: [],
  incidents: [],
  hasEarlyNotice: false,
  isSecret: true,
  credentials: 12,
  messages: 0,
};

export const fakeResult: OwnResultView = {
  countedAt: '2026-11-21T10:00:00+00:00',
  eligibleVoters: 12,
  voters: 8,
  quorumRequired: 4,
  isQuorumMet: true,
  ballots: 9,
  counted: 8,
  replaced: 1,
  excluded: 0,
  blank: 0,
  paper: 2,
  chainHead: HASH,
  sha256: HASH,
  remarks: [],
  contests: [
    {
      id: 'chair', title: 'Chair', seats: 1, elected: ['Ash'], outcome: 'decided', votes: 8, sentences: ['Ash has 5 of 8 votes.'], tied: [], candidates: ['Ash', 'Birch'],
      rounds: [{ round: 1, votes: ['5', '3'], exhausted: '0', sentence: 'Ash has the most votes and is elected.' }],
    },
  ],
};

const event = (number: number) => ({ number, at: '2026-11-21T10:00:00+00:00', actor: 'Anna', hash: HASH });

type Defaults = { [K in keyof Commands]?: (args: Commands[K]['args']) => Commands[K]['result'] };

/** Answers of every command of elections, unless a test gives others. */
export const electionAnswers = {
  office: () => fakeOffice,
  found_office: () => fakeOffice,
  sign_in: () => fakeOffice,
  sign_out: () => ({ ...fakeOffice, person: null }),
  touch_office: () => fakeOffice,
  set_idle_minutes: ({ minutes }) => ({ ...fakeOffice, idleMinutes: minutes }),
  put_account: ({ account }) => ({ ...fakeOffice, accounts: [...fakeOffice.accounts, { name: account.name, role: account.role, isActive: account.isActive }] }),
  own_elections: () => [{ id: '00c0ffee00c0ffee', title: 'Club board', phase: 'draft', endsAt: fakeSetup.ends_at, isScrubbing: false }],
  own_election: () => fakeOwn(),
  contest_methods: () => [
    { name: 'plurality', title: 'Plurality' },
    { name: 'approval', title: 'Approval' },
    { name: 'score', title: 'Score' },
    { name: 'scotland', title: 'Scottish STV' },
    { name: 'astra-meek', title: 'Meek with exclusion groups' },
  ],
  new_own_election: () => '00c0ffee00c0ffee',
  set_own_election: () => null,
  delete_own_election: () => null,
  clone_own_election: () => '00c0ffee00c0ffef',
  nominations: () => null,
  nominate: () => null,
  answer_nomination: () => null,
  open_own_election: () => 12,
  choose_roll: () => ({
    path: '/home/clerk/roll.csv', header: ['Number', 'Name'], columns: { voter: 'Number', name: 'Name', email: '', address: '', weight: '', groups: '' }, voters: 2, votes: 2,
    first: [{ voter: '1', name: 'Müller', email: '', address: '', weight: 1 }], problems: [], problemsTotal: 0,
  }),
  plan_roll: ({ columns }) => ({ path: '/home/clerk/roll.csv', header: ['Number', 'Name'], columns, voters: 2, votes: 2, first: [], problems: [], problemsTotal: 0 }),
  import_roll: () => null,
  roll_page: () => ({ voters: [{ voter: '1', name: 'Müller', email: '', address: '', weight: 1 }], total: 1 }),
  proxies: () => [],
  grant_proxy: () => null,
  revoke_proxy: () => null,
  write_letters: () => ({ count: 12, path: '/home/clerk/Letters.csv' }),
  reissue_credential: () => ({ count: 1, path: '/home/clerk/Letter.csv' }),
  open_booth: () => ({ electionId: '00c0ffee00c0ffee', setup: fakeSetup }),
  booth: () => null,
  sign_in_voter: () => ({ weight: 1, hasVoted: false }),
  cast_ballot: () => ({ title: 'Club board', code: HASH, nonce: HASH.slice(0, 32), position: 1, weight: 1, replaces: false, qr: { side: 9, path: 'M4 4h1v1h-1z' } }),
  leave_voter: () => null,
  close_booth: () => fakeOffice,
  paper_batches: () => [],
  enter_paper: ({ number, label }) => ({ number: number ?? 1, label: label || 'Batch 1', state: 'entered', enteredBy: ['Anna'], attestedBy: [], attestationsNeeded: 0, ballots: 1, differences: [] }),
  choose_paper_file: () => null,
  attest_paper: () => ({ number: 1, label: 'Batch 1', state: 'counted', enteredBy: ['Anna', 'Cleo'], attestedBy: ['Ben'], attestationsNeeded: 1, ballots: 1, differences: [] }),
  void_paper: () => null,
  hand_out_paper: () => null,
  extend_election: () => null,
  exclude_vote: () => null,
  merge_write_ins: () => null,
  roll_back_election: () => null,
  cancel_election: () => null,
  notices: () => [],
  notice_templates: () => [
    { id: 'voter-credential', audience: 'one voter', when: 'voting opens', fields: [], isSecret: true, subject: 'Vote', body: '{{credential}}' },
    { id: 'voter-early-end', audience: 'voters', when: 'voting ends early', fields: [{ name: 'reason', offered: '', isOptional: false }], isSecret: false, subject: 'Ends early', body: 'Reason: {{reason}}.' },
  ],
  prepare_notice: () => 1,
  notice_messages: () => ({ messages: [{ to: 'Board', subject: 'A vote was excluded', body: 'Text' }], total: 1 }),
  write_notice: () => ({ count: 1, path: '/home/clerk/mails' }),
  confirm_notice: () => null,
  pre_close: () => fakePreClose,
  close_own_election: () => ({ outcome: 'closed_and_counted', sentence: 'Club board is closed and counted.', error: '', bytesSearched: 100_000, searchedFor: 15, found: 0 }),
  post_close: () => ({ phase: 'tallied', closedAt: '2026-11-21T10:00:00+00:00', isSecret: true, closed: event(20), anonymized: event(21), searched: event(22), linksLeft: 0 }),
  count_own_election: () => fakeResult,
  own_result: () => fakeResult,
  certify_election: () => ({ certifiedAt: '2026-11-21T10:00:00+00:00', signedBy: [['Anna', 'administrator']], keyHolders: ['Anna'], resultSha256: HASH, signature: HASH }),
  certificate: () => null,
  print_certificate: () => '/home/clerk/Certificate.pdf',
  privacy_guard: () => ({ risks: [{ text: 'The order of the ballots tells who came when.', ballots: 8, sealedHelps: true }], advised: 'sealed' }),
  publish_election: ({ form }) => ({ form, folder: '/home/clerk/public', files: 7, digest: HASH }),
  reveal_key: () => HASH,
} satisfies Defaults;
