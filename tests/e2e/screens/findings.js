/** The list of findings, and the detail of the one that is chosen. */
export class Findings {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** How many there are, once there is one. @returns {Promise<number>} */
  count() {
    return this.window.session.shown('finding-row')
  }

  /** Their codes, from the top. @returns {Promise<string[]>} */
  async codes() {
    await this.window.session.shown('finding-row')
    return this.window.session.execute(
      `return [...document.querySelectorAll('[data-testid="finding-row"]')].map((row) => row.dataset.code)`,
    )
  }

  /** Opens one and returns its detail. @param {number} index @param {RegExp} pattern @returns {Promise<string>} */
  async open(index, pattern) {
    await this.window.session.click('finding-row', index)
    return this.window.session.textMatching('finding-detail', pattern)
  }
}
