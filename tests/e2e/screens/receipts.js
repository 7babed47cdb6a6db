/** The receipt desk. */
export class Receipts {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('receipt-text')
  }

  /** Pastes a receipt and waits for the answer. @param {string} text @param {RegExp} told @returns {Promise<string>} */
  async check(text, told) {
    const { session } = this.window
    await session.paste('receipt-text', text)
    await session.click('receipt-check')
    return session.textMatching('receipt-answers', told)
  }

  /** Prints the statement to `path`, and waits until the screen names it. @param {string} path */
  async print(path) {
    await this.window.answerSaveDialog(path)
    await this.window.session.click('receipt-print')
    const name = path.slice(path.lastIndexOf('/') + 1)
    await this.window.session.textMatching('receipt-printed', new RegExp(name.replaceAll('.', '\\.')))
  }

  /** Clears the desk for the next voter. */
  next() {
    return this.window.session.click('receipt-clear')
  }
}
