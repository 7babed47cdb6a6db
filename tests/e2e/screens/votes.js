/** The votes as rows of evidence. */
export class Votes {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** The rows in view. @param {RegExp} pattern @returns {Promise<string>} */
  rows(pattern) {
    return this.window.session.textMatching('votes-table', pattern)
  }
}
