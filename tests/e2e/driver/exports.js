/** Small exports made for a test: one row in every table, with names that are hard to set. */
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LOGBOOK } from './fixtures.js'

/** Sixty letters without a natural place to break. */
export const LONG_NAME = 'Bartholomew-Featherstonehaugh Wolfeschlegelsteinhausenberger'
/** Written from right to left. */
export const RIGHT_TO_LEFT = 'مرشح الرئاسة الأول للنادي'

/** Writes an export with one row in each table. @param {string} folder */
export async function writeOneRow(folder) {
  await mkdir(folder, { recursive: true })
  const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(LOGBOOK, '08_votes_mixed', name), 'utf8'))
  const [vote] = read('votes.json')
  const [election] = read('elections.json')
  const candidate = read('candidates.json').find((/** @type {any} */ one) => one.id === vote.candidate_id)
  const [token] = read('voting_tokens.json')
  const [entry] = read('audit_logs.json')
  const tables = {
    'votes.json': [vote],
    'elections.json': [{ ...election, title: `${LONG_NAME} ${RIGHT_TO_LEFT}` }],
    'candidates.json': [{ ...candidate, name: RIGHT_TO_LEFT }],
    'voting_tokens.json': [token],
    'audit_logs.json': [entry],
  }
  for (const [name, rows] of Object.entries(tables)) await writeFile(join(folder, name), JSON.stringify(rows))
}
