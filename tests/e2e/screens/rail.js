/** The left rail: the rooms of a case. */
export class Rail {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  /** @param {'overview' | 'evidence' | 'findings' | 'votes' | 'audit' | 'credentials' | 'investigate' | 'incidents' | 'rows' | 'count' | 'details' | 'receipts' | 'ledger' | 'reports' | 'elections'} room */
  go(room) {
    return this.window.session.click(`nav-${room}`)
  }
}
