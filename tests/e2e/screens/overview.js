/** The verdict: a sentence, a badge, and the claims under it. */

/** Verification runs in an unoptimised build on whatever machine this is. */
const VERDICT_MS = 90_000

export class Overview {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** Waits for the verdict, and returns the sentence. @param {RegExp} word what the badge must say @returns {Promise<string>} */
  async verdict(word) {
    await this.window.session.shown('verdict-badge', VERDICT_MS)
    await this.window.session.textMatching('verdict-badge', word, VERDICT_MS)
    return this.window.session.textMatching('verdict-sentence', /\S/)
  }

  claims() {
    return this.window.session.textMatching('claims-table', /\S/)
  }
}
