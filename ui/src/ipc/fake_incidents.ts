// The part of the fake program that holds incidents: one that is open, with a playbook, clocks, evidence and a lock.

import type { Commands } from './contract';
import type { BoardView } from './generated/BoardView';
import type { ClockLine } from './generated/ClockLine';
import type { ContactsView } from './generated/ContactsView';
import type { DeclareView } from './generated/DeclareView';
import type { FiguresView } from './generated/FiguresView';
import type { IncidentLine } from './generated/IncidentLine';
import type { LockerView } from './generated/LockerView';
import type { LockView } from './generated/LockView';
import type { MessageTemplate } from './generated/MessageTemplate';
import type { MetricsView } from './generated/MetricsView';
import type { StepLine } from './generated/StepLine';

const HASH = '3f8a1c9e5b7d2f4061728394a5b6c7d8e9f00112233445566778899aabbccdd0';
const AT = '2026-11-22T10:00:00+00:00';
const ID = 'INC-2026-11-22-001';
const ELECTION = { id: '00c0ffee00c0ffee', name: 'Club board' };

export const fakeLine: IncidentLine = {
  id: ID,
  title: 'Signatures of three votes do not match',
  status: 'declared',
  isOpen: true,
  severity: 'critical',
  category: 'integrity',
  isDrill: false,
  elections: [ELECTION],
  lead: 'Anna',
  declaredAt: AT,
  resolvedAt: null,
  late: ['first_look'],
  isRestricted: false,
  problem: null,
};

export const fakeLock: LockView = {
  incident: ID,
  incidentTitle: fakeLine.title,
  guard: 'hold-close-and-tally',
  blocks: ['close', 'count', 'certify', 'publish'],
  message: 'An integrity incident is unresolved.',
  mayOverride: true,
  since: AT,
};

export const fakeDeclare: DeclareView = {
  playbooks: [
    { id: 'admin-manipulation', title: 'An administrator may have manipulated votes', summary: 'Signatures or logs speak against a person with rights.', category: 'integrity', severity: 'critical', signals: ['Signature mismatch'], because: "S101: The vote's signature does not match its fields" },
    { id: 'email-failure', title: 'Election e-mail is not being delivered', summary: 'Credentials or receipts do not arrive.', category: 'availability', severity: 'medium', signals: ['Receipts do not arrive'], because: '' },
  ],
  elections: [ELECTION],
  scales: [{ id: 'sev', title: 'SEV0 to SEV3', labels: ['SEV0', 'SEV1', 'SEV2', 'SEV3'] }],
  people: ['Anna', 'Ben', 'Cleo'],
  profiles: ['ps-plan'],
  leftOut: [],
};

function clock(kind: string, title: string, state: ClockLine['state'], seconds: number): ClockLine {
  return { id: kind, kind, title, start: AT, due: AT, state, seconds };
}

function step(id: string, changes: Partial<StepLine> = {}): StepLine {
  return {
    playbook: 'admin-manipulation', id, phase: 'triage', kind: 'do', text: `Do ${id}`, isRequired: true, state: 'open', waitsFor: null, due: AT, function: null, template: null, other: null,
    commands: [], result: '', reason: '', by: null, checks: [], attached: [], ...changes,
  };
}

export function fakeBoard(changes: Partial<BoardView> = {}): BoardView {
  return {
    id: ID,
    title: fakeLine.title,
    description: 'Three of 46.',
    category: 'integrity',
    isDrill: false,
    status: 'declared',
    externalStatus: 'Investigating',
    isOpen: true,
    isFinal: false,
    severity: 'critical',
    severityLabel: 'critical, provisional',
    isProvisional: true,
    channel: '#incident-2026-11-22-1000',
    declaredAt: AT,
    resolvedAt: null,
    elections: [ELECTION],
    clocks: {
      now: AT,
      records: 3,
      phase: 'triage',
      clocks: [clock('first_look', 'First look', 'overdue', 70), clock('respond', 'Response', 'running', 540), clock('update', 'Next update', 'running', 840), clock('resolve', 'Resolution', 'running', 14_340)],
    },
    isAcknowledged: false,
    roles: [
      { id: 'lead', title: 'Incident lead', duties: ['directs the work'], person: 'Anna', isRequired: false },
      { id: 'communications', title: 'Communications owner', duties: ['sends notices'], person: null, isRequired: true },
    ],
    conflicts: [],
    access: [],
    calls: [],
    proposals: [{ level: 1, reason: 'The first responder is called at once', since: AT }],
    warnings: ['The contact "Primary" still holds example values; fill in the office\'s own'],
    playbooks: [{ id: 'admin-manipulation', title: 'An administrator may have manipulated votes', summary: 'Signatures or logs speak against a person with rights.', version: '1.0.0', raise: null, templates: ['stakeholder-integrity'], closeWhen: [['Every finding is explained', '']] }],
    checklists: [{ id: 'initial-assessment', title: 'First look (five minutes)', items: [{ id: 'have', text: 'Say that you have the alert', isRequired: true, isDone: false, mark: null, due: AT, function: null, commands: [] }] }],
    steps: [
      step('record-basics', { state: 'done', by: ['Anna', AT], result: 'Seen at noon' }),
      step('describe', { kind: 'record' }),
      step('signatures', { kind: 'check', function: ['check.vote_signatures', 'Total, valid, unsigned, invalid'] }),
      step('tell', { kind: 'notify', template: 'stakeholder-integrity' }),
      step('judge', { kind: 'decide' }),
      step('rerun', { waitsFor: 'Is the result sound?' }),
    ],
    questions: [
      {
        playbook: 'admin-manipulation', id: 'sound', afterStep: 'judge', question: 'Is the result sound?', chosen: null,
        options: [
          { id: 'yes', label: 'Yes', consequence: 'Lift the hold', isIrreversible: false, playbook: null },
          { id: 'no', label: 'No', consequence: 'Plan a rerun', isIrreversible: true, playbook: null },
        ],
      },
    ],
    decisions: [],
    checks: [],
    held: [{ election: ELECTION, isEnforced: true, locks: [fakeLock] }],
    overrides: [],
    conditions: [{ condition: 'outage', holds: false }],
    watch: [{ id: 'health', title: 'Health page answers', command: 'health', values: [] }],
    missing: [{ item: 'admin-manipulation/report', what: 'Forensics report', isRequired: true, explained: '' }],
    evidence: [],
    messages: [],
    timeline: [
      { number: 1, happenedAt: AT, recordedAt: AT, isLate: false, by: 'Anna', kind: 'decision', text: 'Declared', links: [], corrects: null, isCorrected: false },
      { number: 2, happenedAt: AT, recordedAt: AT, isLate: false, by: 'Anna', kind: 'fact', text: 'It comes from the finding S101', links: [['finding', 'S101']], corrects: null, isCorrected: false },
    ],
    review: { isNeeded: true, plannedFor: null, heldAt: null, participants: [], signatures: [], sections: [{ report: 'incident-report', section: 'summary', title: 'Summary', text: '' }], actions: [] },
    times: [{ time: 'began', at: null, isEntered: false }, { time: 'detected', at: AT, isEntered: true }],
    estimate: null,
    cause: null,
    obstacles: [['step', 'Do describe'], ['review', '']],
    possible: ['investigating', 'resolved', 'false_alarm'],
    journalHead: HASH,
    ...changes,
  };
}

export const fakeLocker: LockerView = {
  journalHead: HASH,
  items: [
    {
      id: 'EV-0001', name: 'mail.log', what: 'Log of the mail server', why: 'Bounces', source: 'mail', sha256: HASH, bytes: 4096, mediaType: 'text/plain', sensitivity: 'internal', capturedAt: AT, capturedBy: 'Anna',
      derivedFrom: [], fulfils: null, isText: true, custody: [{ at: AT, by: 'Anna', act: 'captured', from: '/home/clerk/mail.log', to: 'evidence locker', why: 'Bounces', agreed: true }],
    },
  ],
};

const fakeContacts: ContactsView = {
  contacts: [
    { id: 'primary', role: 'Primary on call', name: '', level: 1, phone: '+1-555-0123', email: '', when: 'at once', isExample: true },
    { id: 'legal', role: 'Legal', name: '', level: null, phone: '', email: '', when: 'duty to notify', isExample: true },
  ],
  services: [{ id: 'status', name: 'Status page', address: 'https://status.example.org', isExample: true }],
  channels: [],
  folder: '/home/clerk/office',
};

const fakeTemplate: MessageTemplate = {
  id: 'stakeholder-integrity', audience: 'stakeholders', when: 'integrity concern', isOffered: true, subject: 'Possible integrity problem in {{election_name}}', body: 'At {{detected_time}} we found: {{short_description}}.',
  fields: [
    { name: 'election_name', offered: 'Club board', isOptional: false },
    { name: 'detected_time', offered: '', isOptional: false },
    { name: 'short_description', offered: fakeLine.title, isOptional: false },
  ],
};

const figures: FiguresView = {
  incidents: 1,
  intervals: [{ id: 'mttd', severity: null, n: 1, without: 0, meanMs: 600_000, medianMs: 600_000, p90Ms: 600_000, targetMs: 900_000, negative: [] }],
  rates: [{ group: 'rate', id: 'reviews', count: 0, of: 1, targetPermille: 1000 }],
  counts: [{ group: 'severity', id: 'critical', count: 1 }],
  overdue: [],
};

export const fakeMetrics: MetricsView = {
  at: AT,
  real: figures,
  drills: { ...figures, incidents: 0, intervals: [], rates: [], counts: [] },
  falseAlarms: 0,
  duplicates: 0,
  incidents: [{ id: ID, severity: 'critical', status: 'declared', isDrill: false, detected: AT, resolved: null, resolveMs: null }],
  leftOut: [],
  madeFrom: HASH,
};

const recorded = () => ({ incident: ID, warnings: [] });

type Defaults = { [K in keyof Commands]?: (args: Commands[K]['args']) => Commands[K]['result'] };

/** Answers of every command of incidents, unless a test gives others. */
export const incidentAnswers = {
  incidents: () => [],
  incident: () => fakeBoard(),
  incident_clocks: () => fakeBoard().clocks,
  declare_form: () => fakeDeclare,
  declare_incident: recorded,
  record_incident: recorded,
  apply_playbook: recorded,
  add_incident_election: recorded,
  change_step: recorded,
  run_step: recorded,
  run_check: recorded,
  tick_item: recorded,
  take_decision: recorded,
  set_incident_role: recorded,
  note_call: recorded,
  hold_back: recorded,
  note_override: recorded,
  add_action: recorded,
  incident_templates: () => [fakeTemplate],
  preview_incident_notice: () => ({ audience: 'stakeholders', subject: 'Possible integrity problem in Club board', body: 'At noon we found: three votes.' }),
  prepare_incident_notice: recorded,
  approve_incident_notice: recorded,
  confirm_incident_notice: recorded,
  write_incident_notice: () => '/home/clerk/mails/M-1.eml',
  locker: () => ({ items: [], journalHead: HASH }),
  add_evidence: () => ['EV-0001'],
  add_evidence_note: () => 'EV-0001',
  verify_evidence: () => [{ id: 'EV-0001', name: 'mail.log', isWhole: true, problems: [] }],
  seal_evidence: () => 'EV-0002',
  export_evidence: () => '/home/clerk/mail.log',
  search_log: () => ({ lines: [{ number: 1, at: AT, text: '2026-11-22 10:00:00 bounced' }], lookedAt: 1, isComplete: true }),
  pin_line: recorded,
  take_excerpt: () => 'EV-0002',
  import_alerts: () => null,
  contacts: () => fakeContacts,
  save_contacts: ({ contacts, services }) => ({ ...fakeContacts, contacts, services }),
  incident_commands: ({ commands, warningsRead }) =>
    commands.map((id) => ({ id, title: 'Health page', effect: 'look', shell: 'sh', note: '', text: warningsRead.length >= 0 ? 'curl https://vote.example.org/health' : null, problem: '', placeholders: [], examples: [] })),
  save_command_values: () => null,
  incident_metrics: () => fakeMetrics,
  export_metrics: () => '/home/clerk/Incident metrics',
  incident_papers: () => [
    { id: 'one-page', title: 'Incident on one page', needsIncident: true, takesPlaybook: false, takesEvidence: false, takesMonth: false },
    { id: 'call-list', title: 'Call list', needsIncident: false, takesPlaybook: false, takesEvidence: false, takesMonth: false },
  ],
  print_incident: () => ({ path: '/home/clerk/one-page.pdf', tables: 0, sha256: HASH, redacted: [] }),
} satisfies Defaults;
