import { expect, test } from 'vitest';

import type { ErrorView } from '../ipc/generated/ErrorView';
import { fakeCase, fakeElection, fakeIpc, fakeReport } from '../ipc/fake';
import { App } from './app.svelte';

const refused: ErrorView = { code: 'input', message: 'votes.json cannot be read', file: 'votes.json', row: 3, column: 'id', nextStep: 'Correct it.' };

test('the sample goes from its plan to the verdict', async () => {
  const ipc = fakeIpc({ start: () => ({ version: '1', case: null, error: null, isSample: true, recent: [] }) });
  const app = new App(ipc);
  await app.start();
  expect(app.screen).toBe('plan');
  expect(app.plan?.files.length).toBe(2);
  await app.confirmImport();
  expect(app.screen).toBe('keys');
  expect(app.openCase?.title).toBe(fakeCase.title);
  await app.audit({ kind: 'sample' });
  expect(app.screen).toBe('overview');
  expect(app.election?.verdict).toBe('contradicted');
  expect(ipc.calls).toContain('new_case');
});

test('a failed import says so, stays on its page and leaves nothing running', async () => {
  const app = new App(fakeIpc({}, { import: () => refused }));
  await app.chooseInputs('folder');
  await app.confirmImport();
  expect(app.screen).toBe('plan');
  expect(app.error?.row).toBe(3);
  expect(app.job).toBeNull();
});

test('a cancelled audit leaves the screen as it was', async () => {
  const app = new App(fakeIpc({}, { audit: () => 'cancelled' }));
  await app.chooseCase();
  app.go('keys');
  await app.audit({ kind: 'skip' });
  expect([app.screen, app.error, app.job]).toEqual(['keys', null, null]);
});

test('a cancelled dialog changes nothing', async () => {
  const app = new App(fakeIpc({ choose_folder: () => null, open_case: () => null }));
  await app.chooseInputs('folder');
  await app.chooseCase();
  expect([app.screen, app.openCase, app.error]).toEqual(['welcome', null, null]);
});

test('dropped files are only looked at', async () => {
  const ipc = fakeIpc();
  const app = new App(ipc);
  await app.start();
  ipc.drop({ kind: 'over' });
  expect(app.isDropping).toBe(true);
  ipc.drop({ kind: 'dropped', paths: ['/exports/votes.json'] });
  await new Promise((resolve) => setTimeout(resolve));
  expect(app.isDropping).toBe(false);
  expect(app.screen).toBe('plan');
  expect(ipc.calls).not.toContain('import');
});

test('what the integrity check found is kept for the banner', async () => {
  const app = new App(fakeIpc({}, { recheck: () => ({ kind: 'rechecked', problems: ['votes.json: hash differs'] }) }));
  await app.chooseCase();
  await new Promise((resolve) => setTimeout(resolve));
  expect(app.recheckProblems).toEqual(['votes.json: hash differs']);
});

test('the picked election is the one that is shown', async () => {
  const second = { ...fakeElection, id: 'e2', verdict: 'proved' as const };
  const app = new App(fakeIpc({ report: () => ({ ...fakeReport, elections: [fakeElection, second] }) }));
  await app.chooseCase();
  expect(app.election?.id).toBe('e1');
  app.chooseElection('e2');
  expect(app.election?.verdict).toBe('proved');
  expect(app.chosenElectionId).toBe('e2');
});

test('closing a case forgets everything about it', async () => {
  const app = new App(fakeIpc());
  await app.chooseCase();
  await app.exportReport('pdf');
  expect(app.saved?.paths.length).toBe(1);
  await app.closeCase();
  expect([app.openCase, app.report, app.saved, app.screen]).toEqual([null, null, null, 'welcome']);
});
