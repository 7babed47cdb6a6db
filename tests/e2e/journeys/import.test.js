/** A case of one's own: a clean export, looked at before it is taken in, and exported again as tables and JSON. */
import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { LOGBOOK, expectedIntegrity, keyLines } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Reports } from '../screens/reports.js'
import { Welcome } from '../screens/welcome.js'

const CLEAN = '02_clean_closed'

journey('import', 'makes a case, imports a clean export after a dry run, and exports tables and JSON', async (window) => {
  await window.answerSaveDialog(window.path('mine.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await welcome.newCase()

  const importing = new Import(window)
  await importing.shown()
  await window.picture('import')
  await importing.choose(join(LOGBOOK, CLEAN))
  await importing.plan(/votes\.(json|csv)/)
  await window.picture('import-plan')
  await importing.confirm()

  const keys = new Keys(window)
  await keys.shown()
  await keys.apply(keyLines())

  const sentence = await new Overview(window).verdict(/proved|consistent/i)
  const { total_votes: votes } = expectedIntegrity(CLEAN)
  assert.match(sentence, new RegExp(`\\b${votes}\\b`), 'the sentence says how many votes were checked')
  await window.picture('overview')
  assert.ok((await readdir(window.folder)).some((file) => file.endsWith('.scrutineer')), 'the case is a file')

  await new Rail(window).go('reports')
  const reports = new Reports(window)
  await reports.shown()

  const tables = window.path('tables')
  await reports.save('csv', tables)
  const files = await readdir(tables)
  assert.ok(files.length > 0, 'at least one table was written')
  for (const file of files) {
    const text = await readFile(join(tables, file), 'utf8')
    assert.match(text, /^[a-z0-9_]+(,[a-z0-9_]+)+\r?\n/, `${file} begins with its column names`)
  }

  const json = window.path('report.json')
  await reports.save('json', json)
  const report = await Reports.json(json)
  assert.equal(report.schema, 'scrutineer/audit/1')
  assert.equal(report.elections[0].vote_integrity.integrity_status, 'PASS')
  assert.match(report.elections[0].verdict, /^(proved|consistent)$/)
  await window.picture('reports')
})
