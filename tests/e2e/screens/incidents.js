/** The room of incidents: declaring one, its board, what holds an election back. */
import { waitFor } from '../driver/webdriver.js'

export class Incidents {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
    this.session = window.session
  }

  /** Declares what the open dialog holds, and waits for the board. */
  async declare() {
    await this.session.click('declare-submit')
    await this.session.gone('declare-dialog')
    await this.session.shown('board')
  }

  /** @param {'work' | 'timeline' | 'decisions' | 'messages' | 'evidence' | 'people' | 'review'} page */
  page(page) {
    return this.session.click(`board-${page}`)
  }

  /** The status that the board shows. @param {string} status */
  async isIn(status) {
    await waitFor(`the incident to be ${status}`, () =>
      this.session.execute(`return document.querySelector('[data-testid="board"]')?.dataset.state === arguments[0]`, status),
    )
  }

  /** How a step stands; one that is over and folded away counts as it was told last. @param {string} id @returns {Promise<string>} */
  stateOf(id) {
    return this.session.execute(`return document.querySelector('[data-testid="step"][data-id="' + arguments[0] + '"]')?.dataset.state ?? 'folded'`, id)
  }

  /** Opens a step unless it is open. @param {string} id */
  async open(id) {
    await this.session.shown(`step-${id}`)
    const isOpen = await this.session.execute(`return document.querySelector('[data-testid="step-' + arguments[0] + '"]').getAttribute('aria-expanded') === 'true'`, id)
    if (!isOpen) await this.session.click(`step-${id}`)
  }

  /** Records a step as done, with what came out. @param {string} id @param {string} result */
  async finish(id, result) {
    await this.open(id)
    await this.session.type('step-result', result)
    await this.session.click('step-done')
    await this.session.textMatching('incident-said', /The step is done/)
  }

  /** Takes another status. @param {string} status @param {string} reason */
  async set(status, reason) {
    await this.session.click('change-status')
    await this.session.select('status-to', status)
    await this.session.type('status-reason', reason)
    await this.session.click('status-submit')
    await this.isIn(status)
  }
}
