/** Importing: choose an export, read the plan of what would be taken from it, confirm. */
export class Import {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('import-choose')
  }

  /** Chooses a file or folder in the dialog. @param {string} path */
  async choose(path) {
    await this.window.answerOpenDialog(path)
    await this.window.session.click('import-choose')
  }

  /** The dry run's table. @param {RegExp} pattern something it must name @returns {Promise<string>} */
  plan(pattern) {
    return this.window.session.textMatching('import-plan', pattern)
  }

  confirm() {
    return this.window.session.click('import-confirm')
  }

  back() {
    return this.window.session.click('import-back')
  }

  /** The panel that says what could not be read. @param {RegExp} pattern @returns {Promise<string>} */
  error(pattern) {
    return this.window.session.textMatching('error-panel', pattern)
  }
}
