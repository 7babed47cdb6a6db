import axe from 'axe-core';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test } from 'vitest';

import Window from '../../Window.svelte';
import { emptyCase, fakeCase, fakeIpc } from '../../ipc/fake';
import { fakeOffice, fakeOwn } from '../../ipc/fake_elections';
import { fakeBoard, fakeLine, fakeLock, fakeLocker } from '../../ipc/fake_incidents';
import type { BoardView } from '../../ipc/generated/BoardView';
import type { LockerView } from '../../ipc/generated/LockerView';
import { App } from '../../state/app.svelte';
import { BOARD_PAGES } from '../../state/incidents.svelte';
import { clockText, span, urgent } from './words';

let mounted: ReturnType<typeof mount> | null = null;

async function show(answers: Parameters<typeof fakeIpc>[0] = {}) {
  const ipc = fakeIpc({ incidents: () => [fakeLine], ...answers });
  const app = new App(ipc);
  mounted = mount(Window, { target: document.body, props: { app } });
  await app.start();
  await app.chooseCase();
  await settle();
  return { app, ipc };
}

async function settle() {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    flushSync();
  }
}

const part = (testid: string): HTMLElement | null => document.querySelector(`[data-testid="${testid}"]`);

async function click(testid: string) {
  const found = part(testid);
  if (!found) throw new Error(`no ${testid}: ${document.querySelector('main')?.textContent?.slice(0, 400)}`);
  found.click();
  await settle();
}

async function type(testid: string, text: string) {
  const field = part(testid) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}

async function submit(testid: string) {
  part(testid)?.closest('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await settle();
}

async function grave(where: string) {
  const found = await axe.run(document.body, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } });
  const faults = found.violations.filter((fault) => fault.impact === 'serious' || fault.impact === 'critical');
  return faults.map((fault) => `${where}: ${fault.id} ${fault.nodes[0]?.html}`);
}

async function close() {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.innerHTML = '';
}

afterEach(close);

test('spans and clocks are told in words, the latest first', () => {
  expect([0, 45, 70, 600, 3660, 90_000, 172_800].map(span)).toEqual(['0 s', '45 s', '1 min 10 s', '10 min', '1 h 1 min', '1 d 1 h', '2 d']);
  const clocks = fakeBoard().clocks.clocks;
  expect(clocks.map(clockText)).toEqual(['1 min 10 s late', '9 min left', '14 min left', '3 h 59 min left']);
  expect(urgent([...clocks].reverse()).map((clock) => clock.kind)).toEqual(['first_look', 'respond', 'update', 'resolve']);
});

test('one shortcut declares from anywhere: a title and Enter, high when in doubt', async () => {
  const given: unknown[] = [];
  const { app } = await show({
    declare_incident: ({ asked }) => {
      given.push(asked);
      return { incident: fakeLine.id, warnings: [] };
    },
  });
  app.go('votes');
  await settle();
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'D', ctrlKey: true, shiftKey: true }));
  await settle();
  await type('declare-title', 'Receipts do not arrive');
  await submit('declare-submit');
  expect(given).toMatchObject([{ title: 'Receipts do not arrive', severity: 'high', isProvisional: true, playbook: null, finding: null, isDrill: false }]);
  expect(app.screen).toBe('incidents');
  expect(part('board')?.dataset.id).toBe(fakeLine.id);
});

test('a finding brings its title and its playbook; the label of a scale goes with the severity', async () => {
  const given: unknown[] = [];
  const { app } = await show({
    open_case: () => fakeCase,
    declare_incident: ({ asked }) => {
      given.push(asked);
      return { incident: fakeLine.id, warnings: [] };
    },
  });
  app.showFindings({ code: 'S101' });
  await settle();
  await click('finding-row');
  await click('finding-declare');
  expect(part('declare-dialog')?.textContent).toContain('Proposed by S101');
  await click('declare-more');
  const scale = part('declare-scale') as HTMLSelectElement;
  scale.value = 'sev';
  scale.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  await submit('declare-submit');
  expect(given).toMatchObject([{ finding: 'S101', playbook: 'admin-manipulation', severity: 'critical', scale: 'sev', label: 'SEV0', title: "The vote's signature does not match its fields" }]);
});

test('playbooks are found by their signals, and none that fits says so', async () => {
  await show();
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'd', ctrlKey: true, shiftKey: true }));
  await settle();
  await type('playbook-query', 'receipts arrive');
  expect(document.querySelectorAll('[data-testid="playbook"]').length).toBe(1);
  expect(document.querySelector('[role="option"][aria-selected="true"]')?.textContent).toContain('e-mail');
  await type('playbook-query', 'no such thing');
  expect(document.body.textContent).toContain('No playbook fits these words.');
});

test('every page of the room has no serious fault, empty and full', async () => {
  const full = fakeBoard({
    evidence: [['EV-0001', 'Log']],
    messages: [{ id: 'M-1', template: '', audience: 'board', subject: 'Word', body: 'Text', channel: 'e-mail', state: 'approved', prepared: ['Anna', '2026-11-22T10:00:00+00:00'], approved: ['Ben', '2026-11-22T10:01:00+00:00'], sent: null }],
    decisions: [{ question: 'Go on?', options: [['Yes', 'It goes on'], ['No', 'It ends']], chosen: 'Yes', consequence: 'It goes on', isIrreversible: false, by: 'Anna', second: null, at: '2026-11-22T10:00:00+00:00', reason: 'Why not' }],
    checks: [{ run: 'CHK-1', function: 'check.vote_signatures', result: 'fail', summary: '3 of 46', findings: ['S101'], at: '2026-11-22T10:00:00+00:00', by: 'Anna', isAlarm: true, judged: null }],
  });
  const faults: string[] = [];
  const boards: [BoardView, LockerView][] = [[fakeBoard({ playbooks: [], steps: [], questions: [], checklists: [], held: [] }), { items: [], journalHead: '' }], [full, fakeLocker]];
  for (const [board, locker] of boards) {
    const { app } = await show({ incident: () => board, incident_clocks: () => board.clocks, locker: () => locker });
    await app.showIncident(fakeLine.id);
    for (const page of BOARD_PAGES) {
      app.incidents.go(page);
      await settle();
      faults.push(...(await grave(page)));
    }
    for (const place of ['list', 'metrics', 'contacts'] as const) {
      app.incidents.goTo(place);
      await settle();
      faults.push(...(await grave(place)));
    }
    await close();
  }
  await show({ incidents: () => [] }).then(({ app }) => app.showIncident(null));
  await settle();
  expect(document.querySelector('main')?.textContent).toContain('No incident in this case');
  faults.push(...(await grave('empty')));
  expect(faults).toEqual([]);
}, 60_000);

test('a step says why it cannot be done yet, runs what the program can do, and its warning is told', async () => {
  const { app, ipc } = await show({ office: () => ({ ...fakeOffice, hasKey: true }), run_step: () => ({ incident: fakeLine.id, warnings: ['The check did not pass'] }) });
  await app.showIncident(fakeLine.id);
  await settle();
  expect(part('step-lacking')?.textContent).toContain('Write what it asks for');
  expect((part('step-done') as HTMLButtonElement).disabled).toBe(true);
  await type('step-result', 'Three votes');
  expect((part('step-done') as HTMLButtonElement).disabled).toBe(false);
  await click('step-rerun');
  expect(document.querySelector('[data-testid="step"][data-id="rerun"]')?.textContent).toContain('Waits for an answer to: Is the result sound?');
  await click('step-tell');
  await click('step-lead');
  expect(app.incidents.page).toBe('messages');
  expect((part('message-template') as HTMLSelectElement).value).toBe('stakeholder-integrity');
  app.incidents.go('work');
  await settle();
  await click('step-signatures');
  await click('step-run');
  expect(ipc.calls).toContain('run_step');
  expect(part('incident-warned')?.textContent).toContain('did not pass');
});

test('what cannot be taken back is typed, accepted, and confirmed by a second person', async () => {
  const given: unknown[] = [];
  const officeCase = { ...emptyCase, hasOffice: true };
  const { app } = await show({
    open_case: () => officeCase,
    case_info: () => officeCase,
    take_decision: ({ choice, approving }) => {
      given.push(choice, approving.second);
      return { incident: fakeLine.id, warnings: [] };
    },
  });
  await app.showIncident(fakeLine.id);
  app.incidents.go('decisions');
  await settle();
  await click('option-no');
  await type('question-reason', 'The links are cut');
  expect((part('question-submit') as HTMLButtonElement).disabled).toBe(true);
  await click('question-accept');
  await type('question-typed', 'Club board');
  await submit('question-submit');
  expect((part('approve-name') as HTMLSelectElement).options.length).toBe(2);
  await type('approve-passphrase', 'ben long pass');
  await submit('approve-submit');
  expect(given).toEqual([{ playbook: 'admin-manipulation', decision: 'sound', option: 'no', reason: 'The links are cut', typed: 'Club board', isAccepted: true }, { name: 'Ben', passphrase: 'ben long pass' }]);
});

test('an election shows what holds it back, and two people go past it with a written reason', async () => {
  const given: unknown[] = [];
  const officeCase = { ...emptyCase, hasOffice: true };
  const locked = fakeOwn('tallied', { locks: [fakeLock] });
  const { app } = await show({
    open_case: () => officeCase,
    case_info: () => officeCase,
    office: () => ({ ...fakeOffice, hasKey: true }),
    own_election: () => locked,
    certify_election: ({ approving }) => {
      given.push(approving);
      return { certifiedAt: '2026-11-22T10:00:00+00:00', signedBy: [], keyHolders: [], resultSha256: '', signature: '' };
    },
  });
  app.go('elections');
  await settle();
  await click('own-election');
  expect(part('lock-badge')?.textContent).toContain(fakeLine.id);
  app.run.go('result');
  await settle();
  expect(part('lock-notice')?.textContent).toContain('Certifying is held back');
  await click('certify');
  expect(part('approve-locks')?.textContent).toContain('An integrity incident is unresolved.');
  await type('approve-passphrase', 'ben long pass');
  await type('approve-reason', 'too short');
  expect((part('approve-submit') as HTMLButtonElement).disabled).toBe(true);
  await type('approve-reason', 'The board decided to certify today');
  await submit('approve-submit');
  expect(given).toEqual([{ second: { name: 'Ben', passphrase: 'ben long pass' }, casePassphrase: null, overrideReason: 'The board decided to certify today' }]);
});

test('what nobody may go past is refused with what to do instead', async () => {
  const officeCase = { ...emptyCase, hasOffice: true };
  const { app, ipc } = await show({
    open_case: () => officeCase,
    case_info: () => officeCase,
    own_election: () => fakeOwn('tallied', { locks: [{ ...fakeLock, mayOverride: false }] }),
  });
  app.go('elections');
  await settle();
  await click('own-election');
  app.run.go('result');
  await settle();
  await click('certify');
  expect(part('error-panel')?.textContent).toContain('Nobody can go past this');
  expect(ipc.calls).not.toContain('certify_election');
});

test('dropped files wait in the locker for a word about them', async () => {
  const given: unknown[] = [];
  const { app, ipc } = await show({
    add_evidence: (args) => {
      given.push(args);
      return ['EV-0001'];
    },
  });
  await app.showIncident(fakeLine.id);
  app.incidents.go('evidence');
  await settle();
  ipc.drop({ kind: 'dropped', paths: ['/home/clerk/mail.log'] });
  await settle();
  expect(part('evidence-form')?.textContent).toContain('/home/clerk/mail.log');
  await type('evidence-why', 'Bounces');
  await submit('evidence-submit');
  expect(given).toMatchObject([{ areDropped: true, about: { why: 'Bounces' } }]);
  expect(app.screen).toBe('incidents');
  expect(part('incident-said')?.textContent).toContain('EV-0001');
});

test('a failure tells what happened, and the board stays', async () => {
  const { app } = await show({
    tick_item: () => {
      throw { code: 'refused', message: 'Nobody may tick this.', file: null, row: null, column: null, nextStep: 'Ask Ben.' };
    },
  });
  await app.showIncident(fakeLine.id);
  await settle();
  await click('tick-initial-assessment-have');
  expect(part('error-panel')?.textContent).toContain('Ask Ben.');
  expect(part('board')).not.toBeNull();
});

test('contacts keep their mark until the office writes its own', async () => {
  const given: { isExample: boolean; phone: string }[] = [];
  const { app } = await show({
    save_contacts: ({ contacts, services }) => {
      given.push(...contacts);
      return { contacts, services, channels: [], folder: '/office' };
    },
  });
  await app.showIncident(null);
  app.incidents.goTo('contacts');
  await settle();
  expect(part('contact-examples')?.textContent).toContain('3');
  await type('contact-phone-primary', '+43 1 000');
  await submit('contacts-save');
  expect(given.map((one) => [one.phone, one.isExample])).toEqual([['+43 1 000', false], ['', true]]);
  expect(part('contact-examples')?.textContent).toContain('2');
});
