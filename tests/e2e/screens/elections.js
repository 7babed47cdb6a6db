/** The room in which elections are run: people, the list, one election on its pages. */
import assert from 'node:assert/strict'

import { waitFor } from '../driver/webdriver.js'

/** Passphrase of each person, and of the case. @type {Record<string, string>} */
export const PASSPHRASES = { Anna: 'anna long pass', Ben: 'ben long pass', Cleo: 'cleo long pass', case: 'the case passphrase' }

export class Elections {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
    this.session = window.session
  }

  /** The first administrator and the passphrase of the case. @param {string} name */
  async found(name) {
    await this.session.click('found-begin')
    await this.session.type('found-name', name)
    await this.session.type('found-own', PASSPHRASES[name] ?? '')
    await this.session.type('found-own-again', PASSPHRASES[name] ?? '')
    await this.session.type('found-case', PASSPHRASES.case ?? '')
    await this.session.type('found-case-again', PASSPHRASES.case ?? '')
  }

  /** @param {string} name @param {string} role */
  async addPerson(name, role) {
    await this.session.type('account-name', name)
    await this.session.select('account-role', role)
    await this.session.type('account-passphrase', PASSPHRASES[name] ?? '')
    await this.session.click('account-submit')
    await this.session.textMatching('accounts', new RegExp(name))
  }

  /** Locks, and lets somebody else in. @param {string} name */
  async signInAs(name) {
    await this.session.press('Control+Shift+x')
    await this.session.click('sign-in')
    await this.session.select('sign-in-name', name)
    await this.session.type('sign-in-passphrase', PASSPHRASES[name] ?? '')
    await this.session.type('sign-in-case', PASSPHRASES.case ?? '')
    await this.session.click('sign-in-submit')
    await this.session.textMatching('signed-in', new RegExp(name))
  }

  /** Approves as second person, and gives the passphrase of the case where it is asked for. @param {string} second */
  async approve(second) {
    await this.session.shown('approve')
    await this.session.select('approve-name', second)
    await this.session.type('approve-passphrase', PASSPHRASES[second] ?? '')
    if ((await this.session.count('approve-case')) > 0) await this.session.type('approve-case', PASSPHRASES.case ?? '')
    await this.session.click('approve-submit')
    await this.session.gone('approve', 60_000)
  }

  /** @param {string} title */
  async make(title) {
    await this.session.click('new-election')
    await this.session.type('new-title', title)
    await this.session.click('new-submit')
    await this.session.shown('setup-save')
  }

  /** @param {'home' | 'setup' | 'roll' | 'letters' | 'paper' | 'watch' | 'outbox' | 'close' | 'result'} page */
  page(page) {
    return this.session.click(`page-${page}`)
  }

  /** The phase that the line of phases shows. @param {string} phase */
  async isIn(phase) {
    await waitFor(`the election to be ${phase}`, () =>
      this.session.execute(`return document.querySelector('[data-testid="stepper"]')?.dataset.phase === arguments[0]`, phase),
    )
  }

  /**
   * Adds a contest with its candidates; fields of the n-th contest are found by their place.
   * @param {number} place @param {string} title @param {string} method @param {number} seats @param {string[]} candidates @param {boolean} writeIns
   */
  async contest(place, title, method, seats, candidates, writeIns) {
    await this.session.click('add-contest')
    await waitFor('the contest', async () => (await this.session.count('contest')) === place + 1)
    await this.#fill('contest-title', place, title)
    await this.#fill('contest-method', place, method)
    await this.#fill('contest-seats', place, String(seats))
    const before = await this.session.count('candidate-name')
    for (const [at, name] of candidates.entries()) {
      await this.session.click('add-candidate', place)
      await waitFor('the candidate', async () => (await this.session.count('candidate-name')) === before + at + 1)
      await this.#fill('candidate-name', before + at, name)
    }
    if (writeIns) await this.session.click('contest-write-ins', place)
  }

  /** @param {string} id @param {number} place @param {string} text */
  #fill(id, place, text) {
    return this.session.execute(
      `const field = document.querySelectorAll('[data-testid="' + arguments[0] + '"]')[arguments[1]];
       field.value = arguments[2];
       field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }))`,
      id,
      place,
      text,
    )
  }

  /** The names of the elected, contest by contest. @returns {Promise<string[][]>} */
  async elected() {
    await this.session.shown('own-result')
    return this.session.execute(
      `return [...document.querySelectorAll('[data-testid="contest-result"]')].map((contest) =>
         [...contest.querySelectorAll('[data-testid="elected"] li')].map((line) => line.innerText.trim()))`,
    )
  }

  /** Ticks every point of the list before closing. */
  async tickBeforeClosing() {
    for (const check of ['identity', 'time', 'turnout', 'unusual', 'incidents']) await this.session.click(`check-${check}`)
  }

  /** Enters lines of a paper batch: marks by their id, and how many. @param {{ marks: string[], count: number }[]} lines */
  async paper(lines) {
    await this.session.shown('paper-entry')
    for (const [place, line] of lines.entries()) {
      if (place > 0) await this.session.click('add-line')
      await this.#fill('line-count', place, String(line.count))
      for (const mark of line.marks) await this.session.click(`mark-${place}-${mark}`)
    }
    await this.session.click('paper-keep')
    await this.session.gone('paper-entry')
  }

  /** The state of the first batch. @param {string} state */
  async batchIs(state) {
    await waitFor(`the batch to be ${state}`, () =>
      this.session.execute(`return document.querySelector('[data-testid="batch"]')?.dataset.state === arguments[0]`, state),
    )
    assert.ok(true)
  }
}
