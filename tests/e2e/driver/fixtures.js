/** What the journeys read from the fixtures: the keys, the titles and the numbers expected of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { FIXTURES } from './journey.js'

/** The Logbook's fixtures; their README says how each set was made. */
export const LOGBOOK = join(FIXTURES, 'logbook')

/** @param {...string} parts @returns {any} */
function readJson(...parts) {
  return JSON.parse(readFileSync(join(LOGBOOK, ...parts), 'utf8'))
}

/** The keys that signed every set, as `NAME=value` lines. */
export function keyLines() {
  const keys = { ...readJson('keys.json'), AUDIT_LOG_LEGACY_MAX_ID: '0' }
  return Object.entries(keys)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

/** @param {string} set @returns {string} */
export function titleOf(set) {
  return readJson(set, 'elections.json')[0].title
}

/** The origin's own answer for the one election of a set. @param {string} set */
export function expectedIntegrity(set) {
  const [election] = Object.values(readJson('expected.json')[set].elections)
  return /** @type {any} */ (election).vote_integrity
}
