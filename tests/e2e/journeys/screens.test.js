/** Every screen with no row and with one: it says what it is for, it is accessible light and dark, and it goes by keyboard. */
import assert from 'node:assert/strict'

import { LONG_NAME, RIGHT_TO_LEFT, writeOneRow } from '../driver/exports.js'
import { keyLines } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { assertAccessible, look, settled } from '../driver/looking.js'
import { waitFor } from '../driver/webdriver.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Table } from '../screens/table.js'
import { Welcome } from '../screens/welcome.js'

const ROOMS = /** @type {const} */ (['overview', 'evidence', 'findings', 'votes', 'audit', 'credentials', 'rows', 'count', 'investigate', 'incidents', 'details', 'receipts', 'reports', 'ledger'])
const INQUIRIES = ['timeline', 'addresses', 'excluded', 'rollbacks', 'questions', 'subject', 'compare']

journey('empty', 'sees on every screen of an empty case what it is for and the first step', async (window) => {
  await window.answerSaveDialog(window.path('mine.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await look(window, 'welcome')
  await welcome.newCase()
  const rail = new Rail(window)
  for (const room of ROOMS) {
    await rail.go(room)
    await settled(window)
    if (room !== 'ledger') {
      const text = await window.session.execute(`return document.querySelector('.empty')?.innerText ?? ''`)
      assert.match(text, /\S.*\n+.*\S/s, `${room} says what it is for`)
      const primary = await window.session.execute(`return document.querySelectorAll('main .button.primary').length`)
      assert.equal(primary, 1, `${room} has one first step`)
    }
    await look(window, room)
  }
  assertAccessible(window)
})

journey('one', 'goes through every screen of an export with one row in each table, by keyboard too', async (window) => {
  await writeOneRow(window.path('export'))
  await window.answerSaveDialog(window.path('mine.scrutineer'))
  const { session } = window
  await new Welcome(window).shown()
  await new Welcome(window).newCase()
  const importing = new Import(window)
  await importing.shown()
  await importing.choose(window.path('export'))
  await importing.plan(/votes\.json/)
  await look(window, 'plan')
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await look(window, 'keys')
  await keys.apply(keyLines())
  await new Overview(window).verdict(/\S/)
  assert.ok((await session.source()).includes(LONG_NAME), 'a long name is there')

  const rail = new Rail(window)
  for (const room of ROOMS) {
    await rail.go(room)
    await settled(window)
    await look(window, room)
    for (const inquiry of room === 'investigate' ? INQUIRIES : []) {
      await session.click(`tab-${inquiry}`)
      await settled(window)
      await look(window, `investigate-${inquiry}`)
    }
  }

  await rail.go('votes')
  const votes = new Table(window, 'votes-table')
  await votes.shown()
  await votes.has(1)
  await votes.assertAligned()
  assert.match((await votes.rows())[0] ?? '', new RegExp(RIGHT_TO_LEFT), 'a name from right to left is there')
  await votes.press('ArrowDown', 'Enter')
  await session.textMatching('row-detail', /votes\.json, row 1/)
  await look(window, 'votes-detail')
  await session.press('Escape')
  await session.type('filter-id', 'no such vote')
  await votes.has(0)
  await session.click('filter-clear')
  await votes.has(1)

  for (const [room, id] of [['audit', 'audit-table'], ['credentials', 'credentials-table']]) {
    await rail.go(/** @type {any} */ (room))
    const table = new Table(window, id)
    await table.has(1)
    await table.assertAligned()
    await table.press('Home', 'Enter')
    await session.shown('row-detail')
  }

  // The palette reaches every screen without the mouse; the help names all keys.
  await session.press('Control+k')
  await session.shown('palette')
  await look(window, 'palette')
  await session.type('palette-query', 'ledger')
  await session.press('Enter')
  await session.gone('palette')
  await session.textMatching('ledger-table', /Claims tested/)
  await session.press('Shift+?')
  await session.shown('help')
  await look(window, 'help')
  await session.press('Escape')
  await session.gone('help')
  await session.press('Alt+4')
  await votes.shown()
  assertAccessible(window)
})

journey('review', 'marks a finding with a reason, and finds mark and reason again', async (window) => {
  const { session } = window
  const welcome = new Welcome(window)
  await welcome.shown()
  await welcome.openSample()
  const importing = new Import(window)
  await importing.plan(/votes\.json/)
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.apply(keyLines())
  const overview = new Overview(window)
  await overview.verdict(/contradicted/i)
  await look(window, 'overview')

  // From a failed claim to its findings, from a finding to its rows.
  await session.click('claim-failed')
  await session.shown('finding-row')
  await session.click('review-explain')
  await session.click('review-save')
  await session.textMatching('review', /Say what explains it/)
  await session.type('review-reason', 'Restored from the backup of 10 February')
  await look(window, 'review')
  await session.click('review-save')
  await session.textMatching('review', /Explained[\s\S]*Restored from the backup/)
  await look(window, 'findings')
  await session.click('filter-clear')
  await session.select('findings-review', 'explained')
  await waitFor('one finding to be listed', async () => (await session.count('finding-row')) === 1)
  await session.click('show-row')
  const votes = new Table(window, 'votes-table')
  await votes.shown()
  await waitFor('the row to be the active one', () => session.execute(`return document.querySelectorAll('[data-testid="votes-table"] .line.active').length === 1`))

  // Sorted, filtered, by time: every count is told.
  await votes.has(46)
  await session.click('sort-time')
  await votes.has(46)
  const times = (await votes.rows()).map((row) => /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(row)?.[0] ?? '')
  assert.deepEqual(times, [...times].sort(), 'in the order of time')
  await session.click('filter-more')
  await session.click('filter-named')
  await waitFor('fewer rows', async () => (await votes.total()) < 46)
  assert.ok((await votes.searched()) > 0, 'some rows are named by findings')
  await look(window, 'votes-filtered')

  const rail = new Rail(window)
  await rail.go('investigate')
  await session.shown('timeline')
  await look(window, 'timeline')
  const before = Number(await session.execute(`return document.querySelector('[data-testid="timeline"]').dataset.minutesPerBar`))
  await session.focus('timeline')
  await session.press('ArrowRight', '+', '+', '+')
  const after = Number(await session.execute(`return document.querySelector('[data-testid="timeline"]').dataset.minutesPerBar`))
  assert.ok(after <= before && after === 1, `${before} minutes a bar became ${after}`)
  await look(window, 'timeline-zoomed')
  await session.press('ArrowRight')
  await session.textMatching('timeline-bar', /UTC: \d+ votes/)
  await session.press('Enter')
  await votes.shown()
  assert.ok((await votes.searched()) >= 1, 'the votes of the bar')

  await rail.go('ledger')
  await session.textMatching('ledger-table', /Finding reviewed/)

  // The same on a large display, and what lies below the fold.
  await session.resize(1920, 1080)
  for (const room of /** @type {const} */ (['votes', 'findings', 'audit', 'overview'])) {
    await rail.go(room)
    await settled(window)
    await look(window, `large-${room}`)
  }
  await session.execute(`document.querySelector('[data-testid="card-credentials"]').scrollIntoView()`)
  await look(window, 'large-overview-below')
  assertAccessible(window)
})
