/** A long table: its rows, its place, its search. */
import assert from 'node:assert/strict'

import { waitFor } from '../driver/webdriver.js'

export class Table {
  /** @param {import('../driver/journey.js').Window} window @param {string} id */
  constructor(window, id) {
    this.window = window
    this.id = id
  }

  shown() {
    return this.window.session.shown(this.id)
  }

  /** Rows that the table says it has. @returns {Promise<number>} */
  total() {
    return this.#ask('return Number(grid.getAttribute("aria-rowcount")) - 1')
  }

  /** Waits until the search is done, and returns how many rows fit. @param {number} [patienceMs] */
  async searched(patienceMs) {
    await waitFor(
      `${this.id} to be searched`,
      () => this.window.session.execute('return document.querySelector(\'[data-testid="search-state"]\')?.dataset.done === "true"'),
      patienceMs,
    )
    return this.total()
  }

  /** Waits until as many rows are listed. @param {number} count @param {number} [patienceMs] */
  async has(count, patienceMs) {
    await waitFor(`${this.id} to list ${count} rows`, async () => (await this.total()) === count, patienceMs)
  }

  /** Texts of the rows in view that have arrived. @returns {Promise<string[]>} */
  rows() {
    return this.#ask(`return [...grid.querySelectorAll('[data-index]')].map((row) => row.innerText.replaceAll('\\n', ' | '))`)
  }

  /**
   * Drags the scroll bar and measures, inside the page, until the rows of that place stand there in full: the question to
   * the program, its answer, and the layout; not the painting, which is the webview's and the machine's.
   *
   * @param {number} share of the whole, 0 to 1
   * @returns {Promise<{ millis: number, first: number, rows: number }>}
   */
  scrollTo(share) {
    return this.#ask(
      `const before = Date.now()
       grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * share
       // The webview tells of it with its next frame, which takes half a second where no graphics card is.
       grid.dispatchEvent(new Event('scroll'))
       return new Promise((done) => {
         const look = () => {
           const box = grid.getBoundingClientRect()
           const inView = [...grid.querySelectorAll('[data-index]')].filter((row) => {
             const { top, bottom } = row.getBoundingClientRect()
             return bottom > box.top + 40 && top < box.bottom - 5
           })
           const total = Number(grid.getAttribute('aria-rowcount')) - 1
           const first = inView.length > 0 ? Math.min(...inView.map((row) => Number(row.dataset.index))) : -1
           const isThere = Math.abs(first / Math.max(1, total) - share) < 0.02 || (share === 1 && inView.some((row) => Number(row.dataset.index) === total - 1))
           const isFull = inView.every((row) => row.children.length > 1)
           if (inView.length > 0 && isThere && isFull) done({ millis: Date.now() - before, first, rows: inView.length })
           else if (Date.now() - before > 15000) done({ millis: 15000, first, rows: inView.length })
           else setTimeout(look, 4)
         }
         setTimeout(look, 0)
       })`,
      share,
    )
  }

  /** Presses keys with the table in focus. @param {...string} keys */
  async press(...keys) {
    await this.window.session.focus(this.id, '[role=grid]')
    await this.window.session.press(...keys)
  }

  /** Checks that columns stand under their heads. */
  async assertAligned() {
    const offsets = await this.#ask(
      `const lefts = (row) => [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left))
       const row = grid.querySelector('[data-index]')
       return row ? [lefts(grid.querySelector('.head [role=row]')), lefts(row)] : [[], []]`,
    )
    assert.deepEqual(offsets[0], offsets[1], `${this.id}: cells stand under their heads`)
  }

  /** @param {string} body @param {unknown} [share] @returns {Promise<any>} */
  #ask(body, share) {
    return this.window.session.execute(
      `const grid = document.querySelector('[data-testid="${this.id}"] [role=grid]'); const share = arguments[0]; if (!grid) return 0; ${body}`,
      share,
    )
  }
}
