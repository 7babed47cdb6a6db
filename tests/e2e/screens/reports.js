/** Reports: the same conclusions as a PDF, as tables, as JSON. */
import { readFile } from 'node:fs/promises'

export class Reports {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('export-pdf')
  }

  /** Saves to `path`, and waits until the screen names that very file. @param {'pdf' | 'csv' | 'json'} format @param {string} path */
  async save(format, path) {
    await this.window.answerSaveDialog(path)
    await this.window.session.click(`export-${format}`)
    const name = path.slice(path.lastIndexOf('/') + 1)
    await this.window.session.textMatching('export-done', new RegExp(name.replaceAll('.', '\\.')))
  }

  /** @param {string} path @returns {Promise<any>} */
  static async json(path) {
    return JSON.parse(await readFile(path, 'utf8'))
  }
}
