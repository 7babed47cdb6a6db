/** The sample: a tampered election, from the first screen to a PDF in hand. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import { expectedIntegrity, keyLines, titleOf } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { Evidence } from '../screens/evidence.js'
import { Findings } from '../screens/findings.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Ledger } from '../screens/ledger.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Reports } from '../screens/reports.js'
import { Votes } from '../screens/votes.js'
import { Welcome } from '../screens/welcome.js'

const SAMPLE = '08_votes_mixed'

journey('sample', 'opens the sample, sees what was tampered with, and saves the report', async (window) => {
  const expected = expectedIntegrity(SAMPLE)
  const rail = new Rail(window)

  const welcome = new Welcome(window)
  await welcome.shown()
  await window.picture('welcome')
  await welcome.openSample()

  const importing = new Import(window)
  await importing.plan(/votes\.json/)
  await window.picture('import-plan')
  await importing.confirm()

  const keys = new Keys(window)
  await keys.shown()
  await window.picture('keys')
  await keys.apply(keyLines())

  const overview = new Overview(window)
  const sentence = await overview.verdict(/contradicted/i)
  assert.match(sentence, new RegExp(`\\b${expected.total_votes}\\b`), 'the sentence says how many votes were checked')
  assert.match(sentence, new RegExp(`\\b${expected.tampered_votes}\\b`), 'and how many do not match their signature')
  assert.match(await overview.claims(), /signature/i)
  await window.picture('overview')

  await rail.go('evidence')
  await new Evidence(window).files(/votes\.json/)
  await window.picture('evidence')

  await rail.go('findings')
  const findings = new Findings(window)
  assert.ok((await findings.count()) > 1, 'several kinds of tampering are several findings')
  await window.picture('findings')
  await findings.open(0, /[A-Z]\d{3}/)
  await window.picture('finding-detail')

  await rail.go('votes')
  await new Votes(window).rows(/Chief|Secretary/)
  await window.picture('votes')

  await rail.go('ledger')
  await new Ledger(window).entries(/taken over/i)
  await window.picture('ledger')

  await rail.go('reports')
  const reports = new Reports(window)
  await reports.shown()
  const pdf = window.path('report.pdf')
  await reports.save('pdf', pdf)
  await window.picture('reports')

  assert.equal((await readFile(pdf)).subarray(0, 4).toString(), '%PDF', 'the saved file is a PDF')
  const { stdout: text } = await promisify(execFile)('pdftotext', [pdf, '-'])
  assert.ok(text.replace(/\s+/g, ' ').includes(titleOf(SAMPLE)), 'the report names the election')

  // Another printer, another paper.
  const letter = window.path('letter.pdf')
  await window.session.select('paper', 'letter')
  await reports.save('pdf', letter)
  const sizes = await Promise.all([pdf, letter].map((path) => promisify(execFile)('pdfinfo', [path])))
  assert.deepEqual(
    sizes.map(({ stdout }) => /Page size:\s*(\S+) x (\S+)/.exec(stdout)?.slice(1)),
    [
      ['595.28', '841.89'],
      ['612', '792'],
    ],
  )
})
