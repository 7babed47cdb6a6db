/** The first screen: a sample, a new case, or one that exists. */
export class Welcome {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  async shown() {
    await this.window.session.shown('welcome-open-sample')
    await this.window.session.shown('welcome-open-case')
  }

  openSample() {
    return this.window.session.click('welcome-open-sample')
  }

  runElection() {
    return this.window.session.click('welcome-run-election')
  }

  newCase() {
    return this.window.session.click('welcome-new-case')
  }
}
