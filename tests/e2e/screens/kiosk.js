/** The desk for voters. */
import { waitFor } from '../driver/webdriver.js'
import { PASSPHRASES } from './elections.js'

/** What a voter marks. @typedef {{ chair: string, board: string[], motion: string }} Ballot */

export class Kiosk {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.session = window.session
  }

  /** @param {'start' | 'question' | 'review' | 'receipt'} step */
  async at(step) {
    await waitFor(`the desk to be at ${step}`, () =>
      this.session.execute(`return document.querySelector('[data-testid="kiosk"]')?.dataset.step === arguments[0]`, step),
    )
  }

  /** A scanner types and presses Enter. @param {string} credential */
  async scan(credential) {
    await this.at('start')
    await this.session.type('kiosk-credential', credential)
    await this.session.press('Enter')
  }

  /** @param {'single' | 'ranked' | 'several'} kind */
  async asks(kind) {
    await waitFor(`a question of the kind ${kind}`, () =>
      this.session.execute(`return document.querySelector('[data-testid="question"]')?.dataset.kind === arguments[0]`, kind),
    )
  }

  /** Marks a ballot, page by page, up to the last look. @param {Ballot} ballot */
  async mark(ballot) {
    await this.asks('single')
    if (ballot.chair.startsWith('=')) {
      await this.session.type('kiosk-write-in', ballot.chair.slice(1))
      await this.session.press('Enter')
    } else {
      await this.session.click(`choice-${ballot.chair}`)
    }
    await this.session.click('kiosk-next')
    await this.asks('ranked')
    for (const name of ballot.board) await this.session.click(`choice-${name}`)
    await this.session.click('kiosk-next')
    await this.asks('several')
    await this.session.click(`choice-${ballot.motion}`)
    await this.session.click('kiosk-next')
    await this.at('review')
  }

  /** Casts and answers the receipt code. @returns {Promise<string>} */
  async cast() {
    await this.session.click('kiosk-cast')
    await this.at('receipt')
    return this.session.execute(`return document.querySelector('[data-testid="receipt-code"]').dataset.code`)
  }

  async done() {
    await this.session.click('kiosk-done')
    await this.at('start')
  }

  /** @param {string} clerk */
  async leave(clerk) {
    await this.session.click('kiosk-leave')
    await this.session.select('leave-name', clerk)
    await this.session.type('leave-passphrase', PASSPHRASES[clerk] ?? '')
    await this.session.click('leave-submit')
    await this.session.gone('kiosk')
  }
}
