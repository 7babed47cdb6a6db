/** A busy address that is explained: found, told of, and not found any more, with a claim that names what was told. */
import assert from 'node:assert/strict'
import { join } from 'node:path'

import { keyLines, LOGBOOK } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { look } from '../driver/looking.js'
import { Findings } from '../screens/findings.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Welcome } from '../screens/welcome.js'

const BURST = '50_burst'
const BUSY = '203.0.113.77'

journey('known', 'says what a busy address is, and reads that it was left out', async (window) => {
  const { session } = window
  const rail = new Rail(window)
  await window.answerSaveDialog(window.path('burst.scrutineer'))
  await new Welcome(window).shown()
  await new Welcome(window).newCase()
  const importing = new Import(window)
  await importing.shown()
  await importing.choose(join(LOGBOOK, BURST))
  await importing.plan(/votes\.json/)
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.apply(keyLines())
  await new Overview(window).verdict(/\S/)
  await rail.go('findings')
  const before = await new Findings(window).codes()
  assert.ok(before.includes('A501') && before.includes('A502'), `the burst and its address are found: ${before}`)

  await rail.go('overview')
  await session.click('known-say')
  await session.click('address-add')
  await session.type('address-address', BUSY)
  await session.click('known-save')
  await session.textMatching('known-address', /Say what it is/)
  await session.type('address-what', 'hall')
  await session.click('event-add')
  await session.type('event-from', '2026-02-09 18:00')
  await session.type('event-to', '2026-02-09 18:30+01:00')
  await session.type('event-what', 'Reminder by mail')
  await session.click('known-save')
  await session.textMatching('known-event', /ends before it begins/)
  await session.type('event-to', '2026-02-09 19:00')
  await look(window, 'known')
  await session.click('known-save')

  // The claim that rests on it names what was left out.
  await session.textMatching('claims-table', new RegExp(`${BUSY} \\(hall\\)`))
  await rail.go('findings')
  const after = await new Findings(window).codes()
  assert.ok(after.includes('A501') && !after.includes('A502'), `the address is explained, the minutes are not: ${after}`)
})
