/** The counting room. */
export class Count {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('count-election')
  }

  /** Counts the election, and waits for who is elected. @param {string} rule or empty for its own @param {RegExp} elected */
  async election(rule, elected) {
    const { session } = this.window
    await session.select('count-rule', rule)
    await session.click('count-election')
    return session.textMatching('count-elected', elected)
  }

  /** Counts a ballot file. @param {string} rule @param {string} path @param {RegExp} elected */
  async file(rule, path, elected) {
    const { session } = this.window
    await session.select('count-rule', rule)
    await this.window.answerOpenDialog(path)
    await session.click('count-file')
    return session.textMatching('count-elected', elected)
  }

  /**
   * Looks at a pile, and waits for what it says together.
   * @param {number} round @param {string} holder value of the select @param {RegExp} told
   */
  async pile(round, holder, told) {
    const { session } = this.window
    await session.select('pile-round', String(round))
    await session.select('pile-holder', holder)
    await session.execute('document.querySelector(arguments[0]).scrollIntoView()', '[data-testid="count-piles"]')
    return session.textMatching('pile-sum', told)
  }

  /** Compares with a published result. @param {string} path @param {RegExp} told */
  async compare(path, told) {
    await this.window.answerOpenDialog(path)
    await this.window.session.click('count-compare')
    return this.window.session.textMatching('count-compared', told)
  }

  /** Prints the count to `path`, and waits until the screen names it. @param {string} path */
  async print(path) {
    await this.window.answerSaveDialog(path)
    await this.window.session.click('count-print')
    const name = path.slice(path.lastIndexOf('/') + 1)
    await this.window.session.textMatching('count-printed', new RegExp(name.replaceAll('.', '\\.')))
  }
}
