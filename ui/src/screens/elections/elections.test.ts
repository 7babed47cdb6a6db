import axe from 'axe-core';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';

import Window from '../../Window.svelte';
import { emptyCase, fakeCase, fakeIpc } from '../../ipc/fake';
import { fakeOffice, fakeOwn, fakePreClose, fakeSetup } from '../../ipc/fake_elections';
import { App } from '../../state/app.svelte';
import { PAGES } from '../../state/elections.svelte';
import { asSentence, idOf } from './words';

let mounted: ReturnType<typeof mount> | null = null;
const officeCase = { ...emptyCase, hasOffice: true };

async function show(answers: Parameters<typeof fakeIpc>[0] = {}) {
  const ipc = fakeIpc({ open_case: () => officeCase, case_info: () => officeCase, ...answers });
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

function part(testid: string): HTMLElement | null {
  return document.querySelector(`[data-testid="${testid}"]`);
}

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

async function close() {
  if (mounted) await unmount(mounted);
  mounted = null;
  document.body.innerHTML = '';
}

afterEach(close);

test('a case without people begins with the first administrator, whose passphrases are typed twice', async () => {
  const given: unknown[] = [];
  const { app } = await show({
    open_case: () => emptyCase,
    case_info: () => officeCase,
    office: () => ({ ...fakeOffice, accounts: [], person: null }),
    found_office: (args) => {
      given.push(args);
      return fakeOffice;
    },
    own_elections: () => [],
  });
  expect(part('nav-elections')).toBeNull();
  app.go('elections');
  await settle();
  await click('found-begin');
  await type('found-name', 'Anna');
  await type('found-own', 'anna long pass');
  await type('found-own-again', 'anna long pasS');
  await type('found-case', 'the case passphrase');
  await type('found-case-again', 'the case passphrase');
  expect((part('found-submit') as HTMLButtonElement).disabled).toBe(true);
  expect(document.body.textContent).toContain('These two are not the same');
  await type('found-own-again', 'anna long pass');
  await submit('found-submit');
  expect(given).toEqual([{ name: 'Anna', passphrase: 'anna long pass', casePassphrase: 'the case passphrase' }]);
  expect(part('nav-elections')).not.toBeNull();
  expect(part('signed-in')?.textContent).toContain('Anna');
});

test('every page of an election has no serious fault in any phase, and says something where it has nothing', async () => {
  for (const phase of ['draft', 'open', 'certified'] as const) {
    const { app } = await show({ own_election: () => fakeOwn(phase) });
    await click('own-election');
    for (const page of PAGES) {
      app.run.go(page);
      await settle();
      expect(document.querySelector('main h2')?.textContent, `${phase} ${page}`).toBeTruthy();
      const found = await axe.run(document.body, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } });
      const grave = found.violations.filter((fault) => fault.impact === 'serious' || fault.impact === 'critical');
      expect(grave.map((fault) => `${phase} ${page}: ${fault.id} ${fault.nodes[0]?.html}`)).toEqual([]);
    }
    await close();
  }
}, 60_000);

test('each phase has one primary act, and what is not possible says why', async () => {
  const wanted = { draft: 'Open the election', open: 'Open the desk for voters', closed: 'Count', tallied: 'Certify the result', certified: 'Publish' } as const;
  for (const [phase, act] of Object.entries(wanted)) {
    await show({ own_election: () => fakeOwn(phase as keyof typeof wanted) });
    await click('own-election');
    expect(part('primary')?.textContent, phase).toContain(act);
    expect(document.querySelectorAll('main .button.primary').length).toBe(1);
    expect(part('impossible')?.textContent).toContain(`while the election is ${phase}`);
    await close();
  }
});

test('what is missing leads to its field', async () => {
  const missing = [{ place: 'ends_at', text: 'It is not said when voting ends.', isBlocking: true }];
  await show({ own_election: () => fakeOwn('draft', { missing, setup: { ...fakeSetup, ends_at: null } }) });
  await click('own-election');
  expect(part('missing')?.textContent).toContain('when voting ends');
  await click('primary');
  expect(document.activeElement).toBe(part('setup-ends'));
});

test('an election is set up by its form, in its own time zone', async () => {
  const kept: unknown[] = [];
  const { app } = await show({
    own_elections: () => [],
    own_election: () => fakeOwn('draft', { setup: { ...fakeSetup, contests: [], ends_at: null } }),
    set_own_election: ({ setup }) => {
      kept.push(setup);
      return null;
    },
  });
  await click('new-election');
  await type('new-title', 'Club board');
  await submit('new-submit');
  expect(app.run.page).toBe('setup');
  await type('setup-ends', '2099-01-31 18:00');
  await click('add-contest');
  await type('contest-title', 'Chair');
  await click('add-candidate');
  await type('candidate-name', 'Ása Björk');
  expect((part('setup-save') as HTMLButtonElement).disabled).toBe(false);
  await submit('setup-save');
  expect(kept[0]).toMatchObject({ ends_at: '2099-01-31T17:00:00+00:00', contests: [{ title: 'Chair', method: 'plurality', candidates: [{ id: 'asa-bjork', name: 'Ása Björk' }] }] });
});

test('rules that are not saved hold a person back', async () => {
  const kept: string[] = [];
  const { app } = await show({
    own_election: () => fakeOwn('draft', { setup: { ...fakeSetup, title: kept.at(-1) ?? fakeSetup.title } }),
    set_own_election: ({ setup }) => {
      kept.push(setup.title);
      return null;
    },
  });
  await click('own-election');
  await click('page-setup');
  await click('page-roll');
  expect(app.run.page).toBe('roll');
  await click('page-setup');
  await type('setup-title', 'Another title');
  await click('nav-ledger');
  expect([app.screen, part('leave-setup') !== null]).toEqual(['elections', true]);
  await click('leave-discard');
  expect([app.screen, kept.length]).toEqual(['ledger', 0]);
  await click('nav-elections');
  await type('setup-title', 'A third title');
  await click('page-roll');
  await click('leave-save');
  expect([app.run.page, kept]).toEqual(['roll', ['A third title']]);
});

test('an act for two asks for the second person and the passphrase of the case, shows a refusal, and keeps neither', async () => {
  const given: { second: string | undefined; key: string | null }[] = [];
  const { app } = await show({
    own_election: () => fakeOwn('open'),
    close_own_election: ({ approving, confirm, countNow, earlyReason }) => {
      given.push({ second: approving.second?.passphrase, key: approving.casePassphrase });
      expect([confirm, countNow, earlyReason]).toEqual(['club board', true, 'Everybody has voted']);
      if (approving.second?.passphrase !== 'ben long pass') throw { code: 'refused', message: 'Ben could not sign in.', file: null, row: null, column: null, nextStep: 'Try again.' };
      return { outcome: 'closed_and_counted', sentence: 'Club board is closed and counted.', error: '', bytesSearched: 100_000, searchedFor: 15, found: 0 };
    },
  });
  await click('own-election');
  await click('page-close');
  const button = () => part('close-submit') as HTMLButtonElement;
  for (const check of ['identity', 'time', 'turnout', 'unusual', 'incidents']) await click(`check-${check}`);
  await type('early-reason', 'Everybody has voted');
  await click('has-read');
  await click('count-now');
  expect(button().disabled).toBe(true);
  await type('close-confirm', 'club board');
  expect(button().disabled).toBe(false);
  await submit('close-submit');
  expect(part('approve')?.textContent).toContain('Anna is signed in already');
  expect(part('approve-name')?.textContent).not.toContain('Cleo');
  await type('approve-passphrase', 'wrong one');
  await type('approve-case', 'the case passphrase');
  await submit('approve-submit');
  expect(part('approve')?.textContent).toContain('Ben could not sign in.');
  expect((part('approve-passphrase') as HTMLInputElement).value).toBe('');
  await type('approve-passphrase', 'ben long pass');
  await type('approve-case', 'the case passphrase');
  await submit('approve-submit');
  expect(given.at(-1)).toEqual({ second: 'ben long pass', key: 'the case passphrase' });
  expect(part('approve')).toBeNull();
  expect(part('close-outcome')?.dataset['outcome']).toBe('closed_and_counted');
  expect(app.run.asking).toBeNull();
});

test('the three ways in which closing ends are worded and coloured apart', async () => {
  const words: Record<string, string> = { closed: 'It is not counted yet', closed_and_counted: 'closed and counted', closed_not_counted: 'the count failed: too many candidates' };
  for (const [outcome, text] of Object.entries(words)) {
    const { app } = await show({
      own_election: () => fakeOwn('open', { acts: fakeOwn('open').acts.map((act) => ({ ...act, needsSecond: false })) }),
      pre_close: () => ({ ...fakePreClose, isEarly: false }),
      office: () => ({ ...fakeOffice, hasKey: true }),
      close_own_election: () => ({ outcome: outcome as 'closed', sentence: `Club board is closed. ${text}`, error: '', bytesSearched: 0, searchedFor: 0, found: 0 }),
    });
    await click('own-election');
    app.run.go('close');
    await settle();
    for (const check of ['identity', 'time', 'turnout', 'unusual', 'incidents', ]) await click(`check-${check}`);
    await click('has-read');
    await click('count-later');
    await type('close-confirm', '00c0ffee00c0ffee');
    await submit('close-submit');
    expect(part('close-outcome')?.textContent).toContain(text);
    expect(part('close-outcome')?.className).toContain(outcome);
    await close();
  }
});

test('a voter goes through the desk, one question a page, and nothing of them stays', async () => {
  const cast: unknown[] = [];
  const typed: string[] = [];
  const { app } = await show({
    own_election: () => fakeOwn('open'),
    office: () => ({ ...fakeOffice, hasKey: true }),
    sign_in_voter: ({ credential }) => {
      typed.push(credential);
      if (credential === 'wrong') throw { code: 'refused', message: 'This credential is not known; check each letter.', file: null, row: null, column: null, nextStep: '' };
      return { weight: 1, hasVoted: false };
    },
    cast_ballot: ({ choices }) => {
      cast.push(choices);
      return { title: 'Club board', code: 'a'.repeat(64), nonce: 'b'.repeat(32), position: 3, weight: 1, replaces: false, qr: null };
    },
  });
  await click('own-election');
  await click('primary');
  expect(part('kiosk')?.dataset['step']).toBe('start');
  expect(part('nav-elections')).toBeNull();
  await type('kiosk-credential', 'wrong');
  await submit('kiosk-credential');
  expect(part('kiosk-refusal')?.textContent).toContain('not known');
  await type('kiosk-credential', 'ABCDE-ABCDE');
  await submit('kiosk-credential');
  expect(part('question')?.dataset['kind']).toBe('single');
  await click('choice-ash');
  await type('kiosk-write-in', '  Jo   Doe ');
  await submit('kiosk-write-in');
  await click('kiosk-next');
  expect(part('question')?.dataset['kind']).toBe('ranked');
  await click('choice-elm');
  await click('choice-cedar');
  await click('up-cedar');
  await click('kiosk-next');
  await click('choice-yes');
  await click('kiosk-next');
  expect(part('review-ballot')?.textContent).toContain('Jo Doe');
  await click('kiosk-cast');
  expect(cast).toEqual([{ chair: ['=Jo Doe'], board: ['cedar', 'elm'], motion: ['yes'] }]);
  expect(part('receipt')?.textContent).toContain('aaaaaaaa aaaaaaaa');
  expect(part('receipt')?.textContent).not.toContain('Jo Doe');
  await click('kiosk-done');
  expect((part('kiosk-credential') as HTMLInputElement).value).toBe('');
  // No key of the window works at the desk.
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
  await settle();
  expect(app.isPaletteOpen).toBe(false);
  await click('kiosk-leave');
  await type('leave-passphrase', 'anna long pass');
  await submit('leave-submit');
  expect(part('kiosk')).toBeNull();
});

test('a blank ballot is asked about once, and a desk that nobody touches begins anew after a warning', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    let calls = 0;
    const { app, ipc } = await show({
      own_election: () => fakeOwn('open'),
      office: () => ({ ...fakeOffice, hasKey: true }),
      cast_ballot: () => {
        calls += 1;
        throw { code: 'refused', message: 'Voting has ended.', file: null, row: null, column: null, nextStep: '' };
      },
    });
    app.run.booth = { electionId: 'e', setup: { ...fakeSetup, contests: fakeSetup.contests.slice(0, 1) } };
    await settle();
    await type('kiosk-credential', 'ABCDE');
    await submit('kiosk-credential');
    await click('kiosk-next');
    await click('kiosk-cast');
    expect([calls, part('kiosk-blank')?.textContent?.includes('nothing at all')]).toEqual([0, true]);
    await click('kiosk-cast');
    expect([calls, part('kiosk-refusal')?.textContent?.includes('Voting has ended')]).toEqual([1, true]);
    vi.advanceTimersByTime(151_000);
    await settle();
    expect(part('kiosk-warning')?.textContent).toContain('nothing is cast');
    vi.advanceTimersByTime(30_000);
    await settle();
    expect(part('kiosk')?.dataset['step']).toBe('start');
    expect(ipc.calls).toContain('leave_voter');
  } finally {
    vi.useRealTimers();
  }
});

test('the desk has no serious fault in any of its pages', async () => {
  const { app } = await show();
  app.run.booth = { electionId: 'e', setup: { ...fakeSetup, contests: [...fakeSetup.contests, { ...fakeSetup.contests[0]!, id: 'points', title: 'Points', method: 'score' }] } };
  await settle();
  const look = async (name: string) => {
    const found = await axe.run(document.body, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: false } } });
    const grave = found.violations.filter((fault) => fault.impact === 'serious' || fault.impact === 'critical');
    expect(grave.map((fault) => `${name}: ${fault.id} ${fault.nodes[0]?.html}`)).toEqual([]);
  };
  await look('start');
  await type('kiosk-credential', 'ABCDE');
  await submit('kiosk-credential');
  for (let question = 0; question < 4; question += 1) {
    await look(`question ${question}`);
    await click('kiosk-next');
  }
  await look('review');
});

test('whoever locks is signed out, and acts ask to sign in again', async () => {
  const { app } = await show({ own_election: () => fakeOwn('open') });
  await click('own-election');
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'X', ctrlKey: true, shiftKey: true }));
  await settle();
  expect(part('signed-in')).toBeNull();
  expect(part('possible')).toBeNull();
  await click('primary');
  expect(part('sign-in-dialog')).not.toBeNull();
  expect(app.run.booth).toBeNull();
});

test('a problem of the roll is told with row and column, and nothing is taken', async () => {
  await show({
    own_election: () => fakeOwn('draft', { turnout: { ...fakeOwn().turnout, eligibleVoters: 0 } }),
    choose_roll: () => ({
      path: '/roll.csv', header: ['Number', 'Name'], columns: { voter: 'Number', name: 'Name', email: '', address: '', weight: '', groups: '' }, voters: 2, votes: 2, first: [],
      problems: [{ row: 3, column: 'Number', reason: 'voter 1 stands on row 2 too; keep one of them' }], problemsTotal: 1,
    }),
  });
  await click('own-election');
  await click('page-roll');
  await click('roll-choose');
  expect(part('roll-problems')?.textContent).toMatch(/3\s*Number\s*Voter 1 stands on row 2 too/);
  expect((part('roll-take') as HTMLButtonElement).disabled).toBe(true);
});

test('columns of a roll that are named one right after the other are all kept, whichever answer comes first', async () => {
  const plan = (columns: unknown) => ({ path: '/roll.csv', header: ['Member', 'Call'], columns, voters: 2, votes: 2, first: [], problems: [], problemsTotal: 0 });
  const none = { voter: '', name: '', email: '', address: '', weight: '', groups: '' };
  const waiting: (() => void)[] = [];
  await show({
    own_election: () => fakeOwn('draft', { turnout: { ...fakeOwn().turnout, eligibleVoters: 0 } }),
    choose_roll: () => plan(none),
    plan_roll: ({ columns }: { columns: unknown }) => new Promise((done) => waiting.push(() => done(plan(columns)))),
  } as unknown as Parameters<typeof fakeIpc>[0]);
  await click('own-election');
  await click('page-roll');
  await click('roll-choose');
  for (const [testid, column] of [
    ['column-voter', 'Member'],
    ['column-name', 'Call'],
  ] as const) {
    const list = part(testid) as HTMLSelectElement;
    list.value = column;
    list.dispatchEvent(new Event('change', { bubbles: true }));
    await settle();
  }
  waiting.reverse().forEach((answer) => answer());
  await settle();
  expect([part('column-voter'), part('column-name')].map((list) => (list as HTMLSelectElement).value)).toEqual(['Member', 'Call']);
  expect(part('roll-plan')?.textContent).toContain('2 voters');
});

test('where two entries of a paper batch differ, both figures stand side by side', async () => {
  const batch = { number: 1, label: 'Box 1', state: 'differs', enteredBy: ['Anna', 'Cleo'], attestedBy: [], attestationsNeeded: 1, ballots: 3, differences: [{ choices: 'Chair: Ash', first: 2, second: 3 }] };
  const entered: unknown[] = [];
  await show({
    own_election: () => fakeOwn('open'),
    office: () => ({ ...fakeOffice, hasKey: true }),
    paper_batches: () => [batch],
    enter_paper: ({ number, entry }) => {
      entered.push([number, entry]);
      return { ...batch, state: 'pending', differences: [] };
    },
  });
  await click('own-election');
  await click('page-paper');
  expect(part('differences')?.textContent).toMatch(/Anna\s*Cleo\s*Chair: Ash\s*2\s*3/);
  await click('paper-again');
  await type('line-count', '2');
  await click('mark-0-ash');
  await click('mark-0-elm');
  await click('mark-0-cedar');
  await submit('paper-keep');
  expect(entered).toEqual([[1, [{ choices: { chair: ['ash'], board: ['elm', 'cedar'] }, count: 2 }]]]);
  expect(part('said')?.textContent).toContain('waits for attestation');
});

test('leadership that was not told stands on every page until somebody confirms, and credentials are never shown', async () => {
  const notice = { id: 1, template: 'leadership-vote-excluded', audience: 'all leadership', preparedAt: '2026-11-21T10:00:00+00:00', preparedBy: 'Anna', recipients: 2, isSecret: false, hasText: true, sentAt: null, outcome: null };
  const confirmed: unknown[] = [];
  const { app } = await show({
    own_election: () => fakeOwn('open', { isLeadershipWaiting: confirmed.length === 0 }),
    notices: () => [notice, { ...notice, id: 2, template: 'voter-credential', isSecret: true, recipients: 12 }],
    confirm_notice: (args) => {
      confirmed.push(args);
      return null;
    },
  });
  await click('own-election');
  for (const page of PAGES) {
    app.run.go(page);
    await settle();
    expect(part('leadership-waits')?.textContent, page).toContain('Leadership not yet told');
  }
  app.run.go('outbox');
  await settle();
  const credentials = document.querySelector('[data-template="voter-credential"]');
  expect(credentials?.querySelector('[data-testid="notice-look"]')).toBeNull();
  expect(credentials?.textContent).toContain('Sealed');
  await click('notice-confirm');
  await submit('notice-confirm-submit');
  expect(confirmed).toEqual([{ id: '00c0ffee00c0ffee', notice: 1, sent: 2, failed: 0, skipped: 0 }]);
  expect(part('leadership-waits')).toBeNull();
});

test('the full form is published against advice only by those who accept the risks', async () => {
  const asked: unknown[] = [];
  await show({
    own_election: () => fakeOwn('certified'),
    certificate: () => ({ certifiedAt: '2026-11-21T10:00:00+00:00', signedBy: [['Anna', 'administrator']], keyHolders: ['Anna'], resultSha256: 'a', signature: 'a' }),
    publish_election: ({ form, acceptsRisks }) => {
      asked.push([form, acceptsRisks]);
      return { form, folder: '/public', files: 7, digest: 'a' };
    },
  });
  await click('own-election');
  await click('primary');
  const button = () => part('publish-submit') as HTMLButtonElement;
  expect((part('form-sealed') as HTMLInputElement).checked).toBe(true);
  await click('form-full');
  expect(button().disabled).toBe(true);
  await click('accept-risks');
  await click('publish-submit');
  expect(asked).toEqual([['full', true]]);
  expect(part('published')?.textContent).toContain('7 files written into /public');
});

test('reasons become sentences without words of the command line, and names become ids', () => {
  expect(asSentence('voting has ended; a replacement election can be made with `clone`')).toBe('Voting has ended; a replacement election can be made.');
  expect(asSentence('')).toBe('');
  expect([idOf('Ása Björk', []), idOf('Ash', ['ash']), idOf('محمد', []), idOf('محمد', ['item-1'])]).toEqual(['asa-bjork', 'ash-2', 'item-1', 'item-2']);
  expect(fakeCase.hasOffice).toBe(false);
});
