/** From a finding to a resolved incident: its steps, messages and evidence, what it holds back of an election, its papers. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LOGBOOK, keyLines } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { assertAccessible, look } from '../driver/looking.js'
import { Elections } from '../screens/elections.js'
import { Findings } from '../screens/findings.js'
import { Import } from '../screens/import.js'
import { Incidents } from '../screens/incidents.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Welcome } from '../screens/welcome.js'

const TITLE = 'Board of the Harbor Ridge Volunteer Fire Company and Friends'

journey('incident', 'declares an incident from a finding, works through it, sees what it holds back, overrides, resolves and prints', async (window) => {
  const { session } = window
  const incidents = new Incidents(window)
  const elections = new Elections(window)
  const rail = new Rail(window)

  // Evidence with findings.
  await window.answerSaveDialog(window.path('case.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await welcome.newCase()
  const importing = new Import(window)
  await importing.shown()
  await importing.choose(join(LOGBOOK, '08_votes_mixed'))
  await importing.plan(/votes\.(json|csv)/)
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.apply(keyLines())
  await new Overview(window).verdict(/contradicted/i)
  await rail.go('incidents')
  await session.textMatching('declare', /Declare an incident/)
  await look(window, 'empty')

  // An election that is run in the same case, open for voting.
  await session.press('Alt+r')
  await elections.found('Anna')
  await session.click('found-submit')
  await session.textMatching('signed-in', /Anna\s*administrator/, 60_000)
  await session.click('people')
  await elections.addPerson('Ben', 'witness')
  await session.click('people-back')
  await elections.make(TITLE)
  await session.type('setup-zone', 'Europe/Vienna')
  await session.type('setup-ends', '2099-01-31 18:00')
  await session.type('setup-contact', 'the office')
  await session.type('setup-place', 'the hall')
  await elections.contest(0, 'Chair', 'plurality', 1, ['Ash', 'Birch'], false)
  await session.click('setup-save')
  await session.textMatching('said', /rules are saved/)
  await elections.page('roll')
  await writeFile(window.path('roll.csv'), 'Number;Name\n1;Voter One\n2;Voter Two\n')
  await window.answerOpenDialog(window.path('roll.csv'))
  await session.click('roll-choose')
  await session.textMatching('roll-plan', /2 voters/)
  await session.click('roll-take')
  await session.textMatching('said', /2 voters are on the roll/)
  await elections.page('home')
  await session.click('primary')
  await elections.isIn('open')

  // A finding proposes its playbook.
  await rail.go('findings')
  await session.shown('finding-row')
  const place = await session.execute(`return [...document.querySelectorAll('[data-testid="finding-row"]')].findIndex((row) => row.innerText.includes('S101'))`)
  await new Findings(window).open(place, /signature/i)
  await session.click('finding-declare')
  await session.textMatching('declare-dialog', /Proposed by S101/)
  await look(window, 'declare')
  await incidents.declare()
  await session.textMatching('board', /critical/)
  await session.textMatching('clocks', /left/)
  await session.textMatching('held', /Closing, Counting, Certifying, Publishing/)
  await look(window, 'board')

  await session.resize(1920, 1080)
  await look(window, 'board-wide')
  await session.resize(1280, 800)

  // It grows: the election that is run here is concerned too.
  await session.click('take-up')
  await session.shown('take-up-submit')
  const own = await session.execute(
    `return [...document.querySelector('[data-testid="take-up-election"]').options].find((one) => one.text === arguments[0]).value`,
    TITLE,
  )
  await session.select('take-up-election', own)
  await session.click('take-up-election-submit')
  await session.textMatching('incident-said', /election is added/)

  // Steps: what was seen, evidence preserved at a click, checks that say what they found.
  await session.click('acknowledge')
  await session.textMatching('incident-said', /first responder/)
  await incidents.finish('record-basics', 'Noticed by the audit of this morning, before the result is used')
  await incidents.finish('describe-symptoms', 'Three votes do not match their signature; seen by Anna at 10:00')
  await incidents.open('preserve-first')
  await session.click('step-run')
  await session.textMatching('incident-said', /recorded/, 60_000)
  await incidents.open('integrity')
  await look(window, 'step')
  await session.click('step-run')
  await session.textMatching('checks', /failed/, 60_000)
  assert.equal(await incidents.stateOf('integrity'), 'doing', 'a check that failed does not finish its step by itself')
  await session.type('step-result', 'Three of the votes were changed after they were signed')
  await session.click('step-done')
  await session.textMatching('incident-warned', /did not pass/)
  await look(window, 'checked')

  // Evidence: a log, searched, a line pinned; monitoring alerts.
  await incidents.page('evidence')
  await session.click('evidence-add')
  await writeFile(window.path('mail.log'), '2026-11-20 10:00:00 accepted\n2026-11-20 10:05:00 bounced: mailbox of the board is full\n2026-11-20 10:06:00 accepted\n')
  await window.answerOpenDialog(window.path('mail.log'))
  await session.type('evidence-what', 'Log of the mail server')
  await session.type('evidence-why', 'Bounces since noon')
  await look(window, 'evidence-form')
  await session.click('evidence-submit')
  await session.textMatching('incident-said', /In the locker: EV-/)
  const last = (await session.count('evidence-log')) - 1
  await session.click('evidence-log', last)
  await session.type('log-text', 'bounced')
  await session.click('log-search')
  await session.textMatching('log-viewer', /1 lines? found/)
  await session.click('log-pin')
  await session.textMatching('incident-said', /Line 2 stands in the timeline/)
  await session.click('evidence-open', last)
  await session.textMatching('custody', /taken in[\s\S]*looked at/)
  await look(window, 'locker')
  await session.click('evidence-verify')
  await session.textMatching('looked-again', /as they came/)
  const alert = { labels: { alertname: 'ElectraDown', severity: 'critical' }, annotations: { summary: 'The service does not answer' }, startsAt: '2026-11-20T10:00:00Z', endsAt: '2026-11-20T11:00:00Z', fingerprint: 'a1', status: { state: 'active' } }
  await writeFile(window.path('alerts.json'), JSON.stringify([alert]))
  await window.answerOpenDialog(window.path('alerts.json'))
  await session.click('evidence-alerts')
  await session.textMatching('incident-said', /new entries in the timeline/)

  // A message: filled, edited, approved, written out, sent.
  await incidents.page('messages')
  await session.click('message-new')
  await session.select('message-template', 'stakeholder-integrity')
  await session.type('message-next_update_time', '12:00')
  await look(window, 'message')
  await session.click('message-preview')
  await session.shown('message-body')
  await session.type('message-subject', 'A possible problem with the election, being examined')
  await session.click('message-prepare')
  await session.textMatching('message', /waits for approval/)
  await session.click('message-approve')
  await session.textMatching('message', /approved, not sent/)
  await mkdir(window.path('mails'))
  await window.answerOpenDialog(window.path('mails'))
  await session.click('message-write')
  await session.textMatching('incident-said', /Written to .*\.eml/)
  await session.click('message-sent')
  await session.textMatching('incident-said', /Recorded as sent/)
  await look(window, 'messages')

  // A decision of one's own, a role, a call, the timeline.
  await incidents.page('decisions')
  await look(window, 'decisions')
  await incidents.page('people')
  await session.click('role-communications')
  await session.type('role-person', 'Ben')
  await session.click('role-submit')
  await session.textMatching('incident-said', /Ben is now/)
  await session.type('call-why', 'Critical, and the audit failed')
  await session.click('call-submit')
  await session.textMatching('incident-said', /call is recorded/)
  await session.textMatching('example-warning', /example values/)
  await look(window, 'people')
  await incidents.page('timeline')
  await session.type('note-text', 'The president of the club was told')
  await session.click('note-submit')
  await session.textMatching('timeline', /The president of the club was told/)
  await session.textMatching('timeline', /mailbox of the board is full/)
  await session.textMatching('timeline', /ElectraDown/)
  await look(window, 'timeline')

  await session.click('more-open')
  await session.click('authority-start')
  await session.textMatching('clocks', /authority/i)
  await look(window, 'more')
  await session.click('more-open')

  // What it holds back is seen where the election would be closed; two people go past it with a reason.
  await session.press('Alt+r')
  await session.textMatching('lock-badge', /Held back by INC-/)
  await elections.page('close')
  await session.textMatching('lock-notice', /Closing is held back[\s\S]*INC-/)
  await look(window, 'locked')
  await elections.tickBeforeClosing()
  await session.type('early-reason', 'Everybody present has voted')
  await session.click('has-read')
  await session.click('count-later')
  await session.type('close-confirm', TITLE)
  await session.click('close-submit')
  await session.textMatching('approve-locks', /holds this back/)
  await session.type('approve-reason', 'The hall is lost at six, the board decided to close')
  await look(window, 'override')
  await elections.approve('Ben')
  await elections.isIn('closed')
  await elections.page('result')
  await session.textMatching('lock-notice', /Counting is held back/)

  // Resolved, the election goes on; the result names who went past the lock.
  await session.click('lock-incident')
  await session.shown('board')
  await session.textMatching('held', /Ben went on to close/)
  await incidents.set('resolved', 'The altered votes come from a known fault of the export; the second export is whole')
  await incidents.page('review')
  await session.type('cause', 'A fault of the export')
  await session.click('cause-submit')
  await session.textMatching('incident-said', /cause is recorded/)
  await session.type('action-text', 'Export twice and compare')
  await session.type('action-owner', 'Anna')
  await session.click('action-submit')
  await session.textMatching('actions', /Export twice and compare/)
  await look(window, 'review')
  await session.resize(1920, 1080)
  await incidents.page('timeline')
  await look(window, 'timeline-wide')
  await incidents.page('people')
  await look(window, 'people-wide')
  await session.resize(1280, 800)

  // Papers.
  await window.answerSaveDialog(window.path('one-page.pdf'))
  await session.click('print-open')
  await session.select('print-document', 'one-page')
  await session.click('without-names')
  await look(window, 'print')
  await session.click('print-submit')
  await session.textMatching('printed', /Saved: .*one-page\.pdf/, 60_000)
  assert.equal(readFileSync(window.path('one-page.pdf')).subarray(0, 5).toString(), '%PDF-')
  await session.click('print-close')

  // The list, metrics, contacts.
  await session.click('board-back')
  await session.textMatching('incident', /Resolved/)
  await look(window, 'list')
  await session.click('to-metrics')
  await session.textMatching('intervals', /Until resolved/)
  await look(window, 'metrics')
  await window.answerSaveDialog(window.path('metrics'))
  await session.click('metrics-csv')
  await session.textMatching('incident-said', /tables lie in/)
  assert.ok(existsSync(window.path('metrics/metrics.csv')))
  await session.click('metrics-back')
  await session.click('to-contacts')
  await session.textMatching('contact-examples', /example values/)
  await session.type('contact-name-primary', 'Office on duty')
  await session.type('contact-phone-primary', '+43 1 234')
  await session.click('contacts-save')
  await session.textMatching('incident-said', /contacts are saved/)
  await look(window, 'contacts')

  await session.press('Alt+r')
  await elections.page('result')
  await session.gone('lock-notice')

  // From anywhere, by keyboard alone: a title and Enter.
  await rail.go('votes')
  await session.press('Control+Shift+D')
  await session.shown('declare-dialog')
  await session.type('declare-title', 'Receipts do not arrive')
  await session.press('Enter')
  await session.shown('board')
  await session.textMatching('board', /Receipts do not arrive[\s\S]*provisional/)
  await session.textMatching('open-incidents', /1 open incident/)
  assertAccessible(window)
})
