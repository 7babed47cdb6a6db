/** The files of the case, as they came. */
export class Evidence {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** The table of files. @param {RegExp} pattern @returns {Promise<string>} */
  files(pattern) {
    return this.window.session.textMatching('evidence-table', pattern)
  }
}
