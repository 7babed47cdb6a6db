import axe from 'axe-core';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';

import Window from '../Window.svelte';
import { matchingActs, roomKeys } from '../frame/acts';
import type { KnownView } from '../ipc/generated/KnownView';
import { emptyCase, fakeBallots, fakeElection, fakeEvidence, fakeFinding, fakeIpc, fakeReceipt, fakeReport, fakeVote } from '../ipc/fake';
import { anyFindings, App, ROOMS } from '../state/app.svelte';
import { wholeExtent } from '../state/rows.svelte';
import { matching } from './findings/choosing';

let mounted: ReturnType<typeof mount> | null = null;

async function show(ipc = fakeIpc()) {
  const app = new App(ipc);
  mounted = mount(Window, { target: document.body, props: { app } });
  await app.start();
  flushSync();
  return app;
}

async function settle() {
  await new Promise((resolve) => setTimeout(resolve));
  flushSync();
}

function part(testid: string): HTMLElement | null {
  return document.querySelector(`[data-testid="${testid}"]`);
}

async function type(testid: string, text: string) {
  const field = part(testid) as HTMLInputElement | HTMLTextAreaElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}

async function hasNoSeriousFault() {
  const found = await axe.run(document.body, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } });
  const serious = found.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  expect(serious.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ''}`)).toEqual([]);
}

afterEach(() => {
  if (mounted) void unmount(mounted);
  mounted = null;
  document.body.innerHTML = '';
});

test('the welcome page offers a new case, an old one and the sample', async () => {
  await show();
  for (const id of ['welcome-new-case', 'welcome-open-case', 'welcome-open-sample']) expect(part(id), id).not.toBeNull();
  expect(part('nav-overview')).toBeNull();
});

test('the sample can be walked through by its buttons', async () => {
  await show();
  part('welcome-open-sample')?.click();
  await settle();
  expect(part('import-plan')?.textContent).toContain('votes.json');
  part('import-confirm')?.click();
  await settle();
  const skip = part('keys-skip') as HTMLButtonElement;
  expect(skip.disabled).toBe(false);
  part('keys-sample')?.click();
  await settle();
  expect(part('verdict-sentence')?.textContent).toContain('46 votes checked');
  expect(part('verdict-badge')?.textContent).toContain('Contradicted');
  expect(part('claims-table')?.querySelectorAll('tbody tr').length).toBe(4);
  part('nav-findings')?.click();
  await settle();
  expect(document.querySelectorAll('[data-testid="finding-row"]').length).toBe(3);
  expect(part('finding-detail')?.textContent).toContain('What else could explain it');
  part('nav-reports')?.click();
  await settle();
  part('export-pdf')?.click();
  await settle();
  expect(part('export-done')?.textContent).toContain('report.pdf');
});

test('every room has something to say in an empty case', async () => {
  const app = await show(fakeIpc({ open_case: () => emptyCase, evidence: () => [], ledger: () => [], votes_page: () => ({ rows: [], extent: wholeExtent(0), isSortable: true, isPrepared: true }) }));
  await app.chooseCase();
  for (const room of ROOMS) {
    app.go(room);
    flushSync();
    await settle();
    expect(document.querySelector('.empty h2')?.textContent, room).toBeTruthy();
  }
});

test('a broken case says so on every screen', async () => {
  const app = await show(fakeIpc({}, { recheck: () => ({ kind: 'rechecked', problems: ['votes.json: hash differs'] }) }));
  await app.chooseCase();
  await settle();
  expect(part('integrity-banner')?.textContent).toContain('hash differs');
  app.go('votes');
  await settle();
  expect(part('integrity-banner')).not.toBeNull();
});

test('a failed list is told where it failed', async () => {
  const app = await show(
    fakeIpc({
      evidence: () => {
        throw { code: 'case', message: 'The case cannot be read.', file: null, row: null, column: null, nextStep: 'Use a copy.' };
      },
    }),
  );
  await app.chooseCase();
  app.go('evidence');
  await settle();
  expect(part('error-panel')?.textContent).toContain('The case cannot be read.');
});

test('several elections can be picked in the top bar', async () => {
  const second = { ...fakeElection, id: 'e2', title: 'انتخابات الرئيس', verdict: 'proved' as const };
  const app = await show(fakeIpc({ report: () => ({ ...fakeReport, elections: [fakeElection, second] }) }));
  await app.chooseCase();
  flushSync();
  expect(part('election-picker')?.querySelectorAll('option').length).toBe(2);
  app.chooseElection('e2');
  flushSync();
  expect(part('verdict-badge')?.textContent).toContain('Proved');
});

test('every act has a name for those who cannot see it', async () => {
  const app = await show();
  await app.chooseCase();
  for (const room of ROOMS) {
    app.go(room);
    await settle();
    for (const control of document.querySelectorAll<HTMLElement>('button, input, select, textarea')) {
      const label = control.id ? document.querySelector(`label[for="${control.id}"]`) : control.closest('label');
      const name = control.getAttribute('aria-label') ?? (label ?? control).textContent;
      expect(name?.trim(), `${room}: ${control.outerHTML.slice(0, 80)}`).toBeTruthy();
    }
  }
});

test('findings are filtered by every word, in rows too', () => {
  const findings = [fakeFinding(), fakeFinding({ code: 'C202', title: 'A link of the chain is broken', detail: '', subjects: ['audit:15'] })];
  expect(matching(findings, { ...anyFindings(), query: 'audit:15' }).map((finding) => finding.code)).toEqual(['C202']);
  expect(matching(findings, { ...anyFindings(), query: 'signature match' }).map((finding) => finding.code)).toEqual(['S101']);
  expect(matching(findings, { ...anyFindings(), severity: 'minor' })).toEqual([]);
  expect(matching(findings, { ...anyFindings(), review: 'explained' })).toEqual([]);
  expect(matching(findings, { ...anyFindings(), code: 'C202', review: 'open' }).length).toBe(1);
});

test('a failed claim leads to its findings, and the filter can be cleared', async () => {
  const app = await show();
  await app.chooseCase();
  await settle();
  part('claim-failed')?.click();
  await settle();
  expect(app.screen).toBe('findings');
  expect(app.findingsAsked.claim).toBe('votes.signatures');
  const listed = () => [...document.querySelectorAll<HTMLElement>('[data-testid="finding-row"]')].map((row) => row.dataset['code']);
  expect(listed()).not.toContain('A501');
  part('filter-clear')?.click();
  await settle();
  expect(listed()).toContain('A501');
});

test('a finding is called explained only with a reason', async () => {
  const ipc = fakeIpc();
  const app = await show(ipc);
  await app.chooseCase();
  app.showFindings({ code: 'S101' });
  await settle();
  part('review-explain')?.click();
  await settle();
  part('review-save')?.click();
  await settle();
  expect(part('review')?.textContent).toContain('Say what explains it');
  expect(ipc.calls).not.toContain('mark_finding');
  const field = part('review-reason') as HTMLTextAreaElement;
  field.value = 'Restored from a backup';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  part('review-save')?.click();
  await settle();
  await settle();
  expect(part('review')?.dataset['mark']).toBe('explained');
  expect(part('review')?.textContent).toContain('Restored from a backup');
});

test('the palette finds screens, findings and votes, and opens with its keys', async () => {
  const app = await show();
  await app.chooseCase();
  await settle();
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
  await settle();
  expect(part('palette')).not.toBeNull();
  const texts = (query: string) => matchingActs(app, query).map((act) => act.id);
  expect(texts('audit log')).toContain('room-audit');
  expect(texts('S101')).toContain('finding-S101');
  expect(texts('66f86b6e')[0]).toBe('jump-vote');
  expect(texts('no such thing')).toEqual([]);
});

test('a table reads on after its first page', async () => {
  const extent = wholeExtent(100_000);
  const seen: number[] = [];
  const app = await show(
    fakeIpc({
      votes_page: ({ from, limit }) => {
        seen.push(from);
        return { rows: Array.from({ length: limit }, (_, step) => fakeVote(from + step + 1)), extent, isSortable: true, isPrepared: true };
      },
    }),
  );
  await app.chooseCase();
  app.go('votes');
  await settle();
  const grid = document.querySelector<HTMLElement>('[data-testid="votes-table"] [role="grid"]');
  grid?.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }));
  await settle();
  await settle();
  expect(seen).toContain(99_800);
  expect(document.querySelector('[data-index="99999"]')?.textContent).toContain('100,000');
});

test('every shortcut starts its act, and a letter typed into a field starts none', async () => {
  const app = await show();
  await app.chooseCase();
  await settle();
  window.dispatchEvent(new KeyboardEvent('keydown', { key: '4', altKey: true }));
  await settle();
  expect(app.screen).toBe('votes');
  expect(new Set(ROOMS.map(roomKeys)).size).toBe(ROOMS.length);
  window.dispatchEvent(new KeyboardEvent('keydown', { key: '-', altKey: true }));
  await settle();
  expect(app.screen).toBe('receipts');
  app.go('votes');
  await settle();
  const field = part('filter-id') as HTMLInputElement;
  field.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
  expect(app.isHelpOpen).toBe(false);
  window.dispatchEvent(new KeyboardEvent('keydown', { key: '?', shiftKey: true }));
  expect(app.isHelpOpen).toBe(true);
});

test('the ledger is searched by every word, and says when nothing fits', async () => {
  const entry = (number: number, act: string) => ({ number, at: '2026-03-01 09:00:00 UTC', actor: 'auditor', act, detail: '', hash: 'a'.repeat(64) });
  const app = await show(fakeIpc({ ledger: () => [entry(1, 'case.create'), entry(2, 'evidence.import')] }));
  await app.chooseCase();
  app.go('ledger');
  await settle();
  const search = async (text: string) => {
    const field = part('ledger-search') as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await settle();
    return part('ledger-table')?.querySelectorAll('tbody tr').length;
  };
  expect(await search('auditor taken')).toBe(1);
  expect(await search('nobody')).toBe(0);
  expect(document.querySelector('main')?.textContent).toContain('No row fits the filter.');
});

const saidBallots = {
  ...fakeBallots,
  settings: {
    electionNumber: { value: 41, source: 'found' as const, by: 'the chain starts from it' },
    seats: { value: 3, source: 'said' as const, by: 'the window' },
    quorum: { value: null, source: 'missing' as const, by: '' },
    groups: { value: 1, source: 'said' as const, by: 'the window' },
    groupList: [{ publicId: '', name: 'Same employer', maxElected: 1, candidates: [4103, 4107] }],
    candidates: fakeBallots.settings?.candidates ?? [],
  },
};

test('an election without votes shows its chain and its own tables, and no empty pictures', async () => {
  const app = await show(fakeIpc({ report: () => ({ ...fakeReport, auditChain: null, elections: [fakeBallots] }) }));
  await app.chooseCase();
  await settle();
  const text = document.querySelector('main')?.textContent ?? '';
  expect(part('ballot-chain')?.textContent).toContain('25');
  for (const absent of ['Votes over time', 'Excluded votes', 'own check']) expect(text, absent).not.toContain(absent);
  part('card-details')?.click();
  await settle();
  expect(app.screen).toBe('details');
  const rounds = part('details-rounds');
  expect(rounds?.textContent).toContain('Votes to four digits');
  expect(rounds?.querySelector('td')?.classList.contains('number')).toBe(true);
  expect(part('details-attestations')?.textContent).toContain('No rows.');
  app.go('investigate');
  await settle();
  expect(document.querySelector('.empty')?.textContent).toContain('Nothing of this kind');
});

test('what the export lacks can be said, is checked, and every claim is tested again', async () => {
  const told: unknown[] = [];
  const ipc = fakeIpc(
    {
      report: () => ({ ...fakeReport, elections: [fakeBallots] }),
      assume: (args) => {
        told.push(args);
        return null;
      },
    },
    { audit: () => ({ kind: 'audited', report: { ...fakeReport, elections: [saidBallots] } }) },
  );
  const app = await show(ipc);
  await app.chooseCase();
  await settle();
  expect(part('settings')?.textContent).toContain('not known');
  part('settings-say')?.click();
  await settle();
  expect(part('lacking-electionNumber')).toBeNull();
  await type('lacking-seats', 'three');
  part('lacking-save')?.click();
  await settle();
  expect(part('lacking-form')?.textContent).toContain('at least 1');
  expect(told).toEqual([]);
  await type('lacking-seats', '3');
  const word = part('lacking-groups') as HTMLSelectElement;
  word.value = 'these';
  word.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  await type('group-name', 'Same employer');
  await type('group-most', '4');
  document.querySelectorAll<HTMLElement>('[data-testid="group-candidate"]').forEach((box) => box.click());
  await settle();
  part('lacking-save')?.click();
  await settle();
  expect(part('lacking-group')?.textContent).toContain('more than there are seats');
  await type('group-most', '1');
  part('lacking-save')?.click();
  await settle();
  await settle();
  const group = { publicId: '', name: 'Same employer', maxElected: 1, candidates: [4103, 4107] };
  expect(told).toEqual([{ electionId: '41', said: { electionNumber: null, seats: 3, quorum: null, groups: [group] } }]);
  expect(ipc.calls.slice(ipc.calls.indexOf('assume'))).toEqual(['assume', 'case_info', 'audit', 'case_info']);
  expect(app.screen).toBe('overview');
  expect(document.querySelector('[data-setting="seats"]')?.textContent).toContain('a person: the window');
  expect(part('settings')?.textContent).toContain('Same employer: at most 1 of Amber, Birch');
  part('settings-say')?.click();
  await settle();
  expect((part('lacking-seats') as HTMLInputElement).value).toBe('3');
  expect((part('group-name') as HTMLInputElement).value).toBe('Same employer');
});

test('a cancelled or refused file of what the export lacks changes nothing', async () => {
  let isRefused = false;
  const ipc = fakeIpc({
    report: () => ({ ...fakeReport, elections: [fakeBallots] }),
    assume_file: () => {
      if (isRefused) throw { code: 'input', message: 'config.json cannot be read.', file: 'config.json', row: 3, column: null, nextStep: 'Correct it.' };
      return false;
    },
  });
  const app = await show(ipc);
  await app.chooseCase();
  app.go('lacking');
  await settle();
  part('lacking-file')?.click();
  await settle();
  expect([app.screen, app.error]).toEqual(['lacking', null]);
  isRefused = true;
  part('lacking-file')?.click();
  await settle();
  expect(part('error-panel')?.textContent).toContain('config.json');
  expect(ipc.calls).not.toContain('audit');
});

test('what is known about times and addresses is checked as it is typed, kept, and asked again as it was', async () => {
  let kept: KnownView = { events: [], addresses: [{ address: '203.0.113.7', what: 'station' }] };
  const ipc = fakeIpc(
    {
      known: () => kept,
      say_known: (args) => {
        kept = args['said'] as KnownView;
        return null;
      },
    },
    { audit: () => ({ kind: 'audited', report: fakeReport }) },
  );
  const app = await show(ipc);
  await app.chooseCase();
  await settle();
  part('known-say')?.click();
  await settle();
  expect((part('address-address') as HTMLInputElement).value).toBe('203.0.113.7');
  part('event-add')?.click();
  await settle();
  await hasNoSeriousFault();
  await type('event-from', '30 February');
  part('known-save')?.click();
  await settle();
  expect(part('known-event')?.textContent).toContain('Write a day and a time');
  await type('event-from', '2026-02-10 18:00');
  await type('event-to', '2026-02-10 19:30+02:00');
  await type('event-what', ' Members meeting ');
  part('known-save')?.click();
  await settle();
  expect(part('known-event')?.textContent, 'half past five in UTC').toContain('ends before it begins');
  expect(ipc.calls).not.toContain('say_known');
  await type('event-to', '2026-02-10T19:30:30Z');
  part('address-remove')?.click();
  await settle();
  part('known-save')?.click();
  await settle();
  await settle();
  expect(kept).toEqual({ events: [{ from: '2026-02-10T18:00:00', to: '2026-02-10T19:30:30Z', what: 'Members meeting' }], addresses: [] });
  expect(ipc.calls.slice(ipc.calls.indexOf('say_known'))).toEqual(['say_known', 'case_info', 'audit', 'case_info']);
  expect(app.screen).toBe('overview');
});

test('a bundle asks for originals that the case keeps by their digests only, and all is printed on the paper that was chosen', async () => {
  const asked: unknown[] = [];
  const ipc = fakeIpc(
    {
      evidence: () => [{ ...fakeEvidence[0]!, isKept: false, path: 'votes.csv' }],
      print_on: (args) => {
        asked.push(args);
        return null;
      },
    },
    {
      export: (args) => {
        asked.push(args);
        return { kind: 'saved', paths: ['/exports/bundle.zip'], signer: null };
      },
    },
  );
  const app = await show(ipc);
  expect(asked, 'told as the window opens').toEqual([{ paper: 'a4' }]);
  await app.chooseCase();
  app.go('reports');
  await settle();
  expect(part('originals')?.textContent).toContain('votes.csv');
  part('export-originals')?.click();
  await settle();
  part('export-bundle')?.click();
  await settle();
  const paper = part('paper') as HTMLSelectElement;
  paper.value = 'letter';
  paper.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  const bundle = { electionId: app.chosenElectionId, kind: 'bundle' };
  expect(asked.slice(1)).toEqual([{ ...bundle, withOriginals: true }, { ...bundle, withOriginals: false }, { paper: 'letter' }]);
  expect(localStorage.getItem('paper')).toBe('letter');
  localStorage.removeItem('paper');
});

test('a source without tables of its own says so, and a cut table tells how much more there is', async () => {
  const [table] = fakeBallots.tables;
  const app = await show();
  await app.chooseCase();
  app.go('details');
  await settle();
  expect(document.querySelector('.empty h2')?.textContent).toBe('No tables of its own');
  if (table) app.report = { ...fakeReport, elections: [{ ...fakeBallots, tables: [{ ...table, rowsTotal: 1201 }] }] };
  await settle();
  expect(part('details-rounds')?.textContent).toContain('and 1,200 more');
});

test('a broken chain of ballots names its breaks in words', async () => {
  const ballotChain = { rows: 25, isVerified: false, head: 'a'.repeat(64), breaks: [{ kind: 'fork', subject: 'ballot:3' }, { kind: 'newer', subject: '' }], breaksTotal: 9 };
  const app = await show(fakeIpc({ report: () => ({ ...fakeReport, elections: [{ ...fakeBallots, ballotChain }] }) }));
  await app.chooseCase();
  await settle();
  const text = part('ballot-chain')?.textContent ?? '';
  for (const told of ['Broken in 9 places', 'Two ballots follow the same one', 'newer', 'named by the findings']) expect(text).toContain(told);
});

const astraEvidence = fakeEvidence.map((file) => ({ ...file, system: 'astra' }));

test('the receipt desk says what it needs where the case has no ballots with receipts', async () => {
  const app = await show();
  await app.chooseCase();
  app.go('receipts');
  await settle();
  expect(document.querySelector('.empty')?.textContent).toContain('public-ballots.json');
  expect(part('receipt-text')).toBeNull();
});

test('a receipt is looked up, told in words, and wiped; nothing of a choice stays on the screen', async () => {
  const asked: string[] = [];
  const answers = [
    fakeReceipt(),
    fakeReceipt({ number: 2, told: 'No ballot with this receipt code is in the export.', isIncluded: false, isContradicting: true, placeFits: null }),
    fakeReceipt({ number: 3, told: 'But the ranking in the export is not what your receipt says.', isContradicting: true, isReplaced: true, rankingFits: false, fitsItself: true }),
  ];
  const app = await show(
    fakeIpc({
      evidence: () => astraEvidence,
      check_receipts: ({ text }) => {
        asked.push(text);
        return { receipts: answers, total: 3, included: 2, contradicting: 2 };
      },
    }),
  );
  await app.chooseCase();
  app.go('receipts');
  await settle();
  expect((part('receipt-check') as HTMLButtonElement).disabled).toBe(true);
  await type('receipt-text', '{"ballot_hash": "ab", "ranking": ["amber"]}');
  expect(part('receipt-text')?.classList.contains('hidden-text')).toBe(true);
  part('receipt-check')?.click();
  await settle();
  await settle();
  expect(asked).toEqual(['{"ballot_hash": "ab", "ranking": ["amber"]}']);
  expect((part('receipt-text') as HTMLTextAreaElement).value).toBe('');
  expect(document.body.textContent).not.toContain('amber');
  const told = [...document.querySelectorAll<HTMLElement>('[data-testid="receipt-answer"]')];
  expect(told.map((one) => one.querySelector('.told')?.textContent)).toEqual(answers.map((one) => one.told));
  expect(told[0]?.querySelector('[data-check="place"]')?.textContent).toContain('as on the receipt');
  expect(told[0]?.querySelector('[data-check="ranking"]')?.textContent).toContain('not named');
  expect(told[1]?.querySelector('[data-check="included"] dd')?.textContent).toBe('no');
  expect(told[1]?.querySelector('[data-check="place"]')).toBeNull();
  expect(told[2]?.querySelector('[data-check="ranking"]')?.textContent).toContain('other than');
  for (const mark of document.querySelectorAll('[data-check] dd')) expect(mark.querySelector('svg')).not.toBeNull();
  part('receipt-clear')?.click();
  await settle();
  expect(part('receipt-answers')).toBeNull();
});

test('a text that is no receipt stays where it was typed, with what to try; a cancelled file changes nothing', async () => {
  const app = await show(
    fakeIpc({
      evidence: () => astraEvidence,
      check_receipts: () => {
        throw { code: 'input', message: 'The receipt: neither a code nor a message.', file: null, row: null, column: null, nextStep: 'Copy it again.' };
      },
      check_receipt_file: () => null,
    }),
  );
  await app.chooseCase();
  app.go('receipts');
  await settle();
  await type('receipt-text', 'no receipt at all');
  part('receipt-check')?.click();
  await settle();
  expect(part('error-panel')?.textContent).toContain('Copy it again.');
  expect((part('receipt-text') as HTMLTextAreaElement).value).toBe('no receipt at all');
  part('receipt-file')?.click();
  await settle();
  expect(part('receipt-answers')).toBeNull();
  expect((part('receipt-text') as HTMLTextAreaElement).value).toBe('no receipt at all');
});

test('suspicions, one subject and another export are looked into, saved, and have no serious fault', async () => {
  const app = await show();
  part('welcome-open-sample')?.click();
  await settle();
  part('import-confirm')?.click();
  await settle();
  (part('keys-skip') as HTMLButtonElement).click();
  await settle();
  app.showInquiry('questions');
  await settle();
  await settle();
  expect(part('question-voted-twice')?.textContent).toContain('Is a voter counted twice?');
  await hasNoSeriousFault();
  app.showInquiry('subject');
  await settle();
  await type('subject-text', '203.0.113.7');
  part('subject-look')?.click();
  await settle();
  await settle();
  expect(part('subject-found')?.textContent).toContain('203.0.113.7');
  expect(part('subject-found')?.textContent).toContain('vote_cast');
  await hasNoSeriousFault();
  part('save-pdf')?.click();
  await settle();
  await settle();
  expect(part('saved-as')?.textContent).toContain('Subject.pdf');
  app.showInquiry('compare');
  await settle();
  part('compare-folder')?.click();
  await settle();
  await settle();
  expect(part('compared')?.textContent).toContain('explained by nothing');
  await hasNoSeriousFault();
});
