/** Every act in the case, in order, each bound to the one before it. */
export class Ledger {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** The table of acts. @param {RegExp} pattern @returns {Promise<string>} */
  entries(pattern) {
    return this.window.session.textMatching('ledger-table', pattern)
  }
}
