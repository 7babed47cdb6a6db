// Everything that can be done from anywhere: the command palette lists it, shortcuts start it, the help names both.

import { t } from '../messages';
import { INQUIRIES, ROOMS, type App, type Room } from '../state/app.svelte';
import { PAGES } from '../state/elections.svelte';
import { theme } from '../state/theme.svelte';

export interface Act {
  id: string;
  text: string;
  /** What kind of thing it is, in a word. */
  kind: string;
  /** `Control+K` as `aria-keyshortcuts` has it; empty where there is none. */
  keys: string;
  run: () => void;
}

/** Keys that work on every screen, in the order of the help. Rooms have keys of their own. */
export const KEYS = {
  palette: 'Control+K',
  open: 'Control+O',
  audit: 'Control+Enter',
  evidence: 'Control+I',
  report: 'Control+P',
  find: 'Control+F',
  elections: 'Alt+R',
  incidents: 'Alt+I',
  declare: 'Control+Shift+D',
  lock: 'Control+Shift+X',
  theme: 'Control+Shift+L',
  help: '?',
} as const;

/** Keys of a room: Alt and its place in the rail, along the row of digits and the sign behind them; incidents have a letter. */
export function roomKeys(room: Room): string {
  if (room === 'incidents') return KEYS.incidents;
  const digits = ROOMS.filter((known) => known !== 'incidents');
  return `Alt+${'1234567890-=/'[digits.indexOf(room)] ?? ''}`;
}

/** `Control+K` as a person reads it. */
export function shownKeys(keys: string): string {
  return keys.replace('Control', 'Ctrl').replaceAll('+', ' + ');
}

/** True where a key press is the shortcut. */
export function isPressed(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.at(-1) ?? '';
  const needs = (name: string) => parts.slice(0, -1).includes(name);
  // A sign such as the question mark carries its own Shift.
  const isShiftRight = needs('Shift') === event.shiftKey || (key.length === 1 && !/[a-z0-9]/i.test(key));
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    needs('Control') === (event.ctrlKey || event.metaKey) &&
    needs('Alt') === event.altKey &&
    isShiftRight
  );
}

/** Acts that can be done now. */
export function actsOf(app: App): Act[] {
  const acts: Act[] = [];
  const isFree = app.job === null;
  if (app.openCase) {
    for (const room of ROOMS) {
      acts.push({ id: `room-${room}`, text: t(`room.${room}`), kind: t('palette.screen'), keys: roomKeys(room), run: () => (room === 'incidents' ? void app.showIncident(null) : app.go(room)) });
    }
    acts.push({ id: 'declare', text: t('incident.declareAct'), kind: t('palette.act'), keys: KEYS.declare, run: () => app.incidents.declare() });
    for (const incident of app.incidents.list ?? []) {
      acts.push({ id: `incident-${incident.id}`, text: `${incident.id} ${incident.title}`, kind: t('incident.kind'), keys: '', run: () => void app.showIncident(incident.id) });
    }
    acts.push({ id: 'room-elections', text: t('room.elections'), kind: t('palette.screen'), keys: KEYS.elections, run: () => app.go('elections') });
    for (const inquiry of INQUIRIES) {
      acts.push({ id: `inquiry-${inquiry}`, text: t(`inquiry.${inquiry}`), kind: t('palette.screen'), keys: '', run: () => app.showInquiry(inquiry) });
    }
  }
  if (app.run.own) {
    for (const page of PAGES) {
      acts.push({
        id: `page-${page}`,
        text: `${app.run.own.setup.title}: ${t(`page.${page}`)}`,
        kind: t('palette.screen'),
        keys: '',
        run: () => {
          app.go('elections');
          app.run.go(page);
        },
      });
    }
  }
  const add = (id: string, text: string, keys: string, run: () => void) => acts.push({ id, text, kind: t('palette.act'), keys, run });
  if (isFree) {
    add('open', t('welcome.open'), KEYS.open, () => void app.chooseCase());
    if (!app.openCase) {
      add('new', t('welcome.new'), '', () => void app.newCase());
      add('run-election', t('welcome.run'), '', () => void app.newElectionCase());
      add('sample', t('welcome.sample'), '', () => void app.openSample());
    }
    if (app.openCase) {
      add('add-folder', t('evidence.add'), KEYS.evidence, () => void app.chooseInputs('folder'));
      add('add-files', t('evidence.addFiles'), '', () => void app.chooseInputs('files'));
      if (app.openCase.evidenceFiles > 0) add('audit', app.report ? t('overview.auditAgain') : t('overview.auditNow'), KEYS.audit, () => app.go('keys'));
      if (app.election?.settings) add('lacking', t('settings.say'), '', () => app.go('lacking'));
      if (app.isTimed) add('known', t('known.say'), '', () => app.go('known'));
      if (app.report) {
        add('pdf', t('reports.pdfAct'), KEYS.report, () => void app.exportReport('pdf'));
        add('csv', t('reports.csvAct'), '', () => void app.exportReport('csv'));
        add('json', t('reports.jsonAct'), '', () => void app.exportReport('json'));
      }
      if (app.openCase.votes > 0 && !app.tending) add('prepare', t('search.prepare'), '', () => void app.prepareSearch());
      add('close', t('app.closeCase'), '', () => void app.closeCase());
    }
  }
  if (app.run.person) add('lock', t('office.lock'), KEYS.lock, () => void app.run.lock());
  else if ((app.run.office?.accounts.length ?? 0) > 0) add('sign-in', t('office.signIn'), KEYS.lock, () => (app.run.isSigningIn = true));
  add('theme', t('theme.next'), KEYS.theme, () => theme.next());
  add('help', t('help.title'), KEYS.help, () => (app.isHelpOpen = true));
  if (app.elections.length > 1) {
    for (const election of app.elections) {
      acts.push({ id: `election-${election.id}`, text: election.title || election.id, kind: t('app.election'), keys: '', run: () => app.chooseElection(election.id) });
    }
  }
  const seen: string[] = [];
  for (const finding of [...(app.election?.findings ?? []), ...(app.report?.findings ?? [])]) {
    if (seen.includes(finding.code)) continue;
    seen.push(finding.code);
    acts.push({ id: `finding-${finding.code}`, text: `${finding.code} ${finding.title}`, kind: t('palette.finding'), keys: '', run: () => app.showFindings({ code: finding.code }) });
  }
  return acts;
}

/** Acts that hold every word of a query; one more for something that looks like an id. */
export function matchingActs(app: App, query: string): Act[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found = actsOf(app).filter((act) => words.every((word) => `${act.text} ${act.kind}`.toLowerCase().includes(word)));
  const typed = query.trim();
  if (app.openCase && /^[0-9a-f-]{6,36}$/i.test(typed) && /\d/.test(typed)) {
    found.unshift({
      id: 'jump-vote',
      text: t('palette.jump', { id: typed }),
      kind: t('palette.act'),
      keys: '',
      run: () => app.showRow(`vote:${typed}`),
    });
  }
  return found;
}
