/** The keys of an election: pasted as `NAME=value` lines, or left out. */
export class Keys {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('keys-paste')
  }

  /** @param {string} lines */
  async apply(lines) {
    await this.window.session.type('keys-paste', lines)
    await this.window.session.click('keys-apply')
  }

  skip() {
    return this.window.session.click('keys-skip')
  }
}
