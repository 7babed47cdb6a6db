/** The public files of an Astra election: what they lack is said in the form, then the count is repeated and receipts are checked. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { FIXTURES, journey } from '../driver/journey.js'
import { Count } from '../screens/count.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Lacking } from '../screens/lacking.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Receipts } from '../screens/receipts.js'
import { Table } from '../screens/table.js'
import { Welcome } from '../screens/welcome.js'

const ASTRA = join(FIXTURES, 'astra')
const PUBLIC = ['public-ballots.json', 'public-audit.json'].map((file) => join(ASTRA, 'clean', file))

/** @param {string} file @returns {any} */
const json = (file) => JSON.parse(readFileSync(join(ASTRA, file), 'utf8'))

journey('astra', 'imports public files, says seats and groups, sees the count repeated, checks receipts', async (window) => {
  const config = json('clean/election-config.json')
  await window.answerSaveDialog(window.path('astra.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await welcome.newCase()
  const importing = new Import(window)
  await importing.shown()
  await importing.choose(PUBLIC.join('\n'))
  await importing.plan(/public-ballots\.json/)
  await window.picture('plan')
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.skip()
  const overview = new Overview(window)
  await overview.verdict(/cannot tell/i)
  await window.picture('overview-without-seats')

  await window.session.click('settings-say')
  const lacking = new Lacking(window)
  await lacking.shown()
  await lacking.say('seats', String(config.number_of_seats))
  await lacking.say('quorum', String(config.quorum))
  const [group] = config.exclusion_groups
  const names = new Map(config.candidates.map((/** @type {any} */ one) => [one.id, one.freeipa_username]))
  await lacking.group(group.name, String(group.max_elected), group.candidate_ids.map((/** @type {number} */ id) => names.get(id)))
  await window.picture('lacking')
  await lacking.save()
  const claims = await window.session.textMatching('claims-table', /The ballots were counted/)
  assert.match(claims, /the seats as given in the window; the exclusion groups as given in the window/, 'the claim names what a person said')
  assert.match(await overview.verdict(/cannot tell/i), /74 ballots/)
  assert.doesNotMatch(claims, /contradicted/i)
  await window.picture('overview')

  const rail = new Rail(window)
  await rail.go('details')
  await window.picture('details')

  await rail.go('rows')
  const ballots = new Table(window, 'rows-ballots')
  await ballots.shown()
  await ballots.has(json('clean/public-ballots.json').ballots.length)
  await window.picture('ballots')

  await rail.go('count')
  const count = new Count(window)
  await count.shown()
  const result = json('clean/tally_result.json')
  const winners = result.elected.map((/** @type {number} */ id) => names.get(id)).join(', ')
  await count.election('', new RegExp(`Elected: ${winners}$`))
  await window.session.shown('vote-flow')
  await window.picture('count')
  // In the first round nothing was passed on yet: a pile is whole ballots. Later parts of others lie on it too.
  await count.pile(1, 'nobody', /0 rankings, 0 votes cast, 0 of the 0 votes/)
  await count.pile(1, '0', /35 votes cast, 35 of the 35 votes/)
  await count.pile(2, '0', /rankings, \d+ votes cast, 37\.8/)
  await window.session.shown('pile-table')
  await window.picture('piles')
  await count.compare(join(ASTRA, 'clean/tally_result.json'), /agrees with the published/)
  const report = window.path('count.pdf')
  await count.print(report)
  assert.equal((await readFile(report)).subarray(0, 5).toString(), '%PDF-')
  await count.election('plurality', /Elected: /)
  await window.session.textMatching('count-what-if', /not the result/i)
  const ballots3 = window.path('board.blt')
  await writeFile(ballots3, '3 1\n40 1 0\n35 2 3 0\n25 3 2 0\n0\n"Ada"\n"Bo"\n"Cy"\n"Board"\n')
  await count.file('scotland', ballots3, /Elected: Bo$/)
  await window.session.shown('count-piles')
  // 25 votes for Cy go on to Bo when Cy is out: two rankings lie with Bo then, 35 and 25 ballots.
  await count.pile(2, '1', /2 rankings, 60 votes cast, 60\.00000 of the 60\.00000 votes/)
  await window.picture('count-file')

  await rail.go('receipts')
  const receipts = new Receipts(window)
  await receipts.shown()
  await receipts.check(readFileSync(join(ASTRA, 'receipts/email-0.txt'), 'utf8'), /in the export/i)
  await window.picture('receipt')
  const statement = window.path('statement.pdf')
  await receipts.print(statement)
  assert.equal((await readFile(statement)).subarray(0, 5).toString(), '%PDF-')
  await receipts.next()
  await receipts.check('0'.repeat(64), /No ballot with this receipt code/)
  await window.picture('receipt-absent')
})
