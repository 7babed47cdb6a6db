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

  /** Opens one and returns its detail. @param {number} index @param {RegExp} pattern @returns {Promise<string>} */
  async open(index, pattern) {
    await this.window.session.click('finding-row', index)
    return this.window.session.textMatching('finding-detail', pattern)
  }
}
