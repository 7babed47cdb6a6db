/** The form for what an export lacks: seats, quorum, exclusion groups. */
export class Lacking {
  /** @param {import('../driver/journey.js').Window} window */
  constructor(window) {
    this.window = window
  }

  shown() {
    return this.window.session.shown('lacking-form')
  }

  /** @param {'electionNumber' | 'seats' | 'quorum'} field @param {string} value */
  say(field, value) {
    return this.window.session.type(`lacking-${field}`, value)
  }

  /** Says that there is one exclusion group. @param {string} name @param {string} most @param {string[]} candidates by name */
  async group(name, most, candidates) {
    const { session } = this.window
    await session.select('lacking-groups', 'these')
    await session.type('group-name', name)
    await session.type('group-most', most)
    const names = await session.execute(
      `return [...document.querySelectorAll('[data-testid="group-candidate"]')].map((box) => box.closest('label').innerText.trim())`,
    )
    for (const candidate of candidates) {
      const place = names.indexOf(candidate)
      if (place < 0) throw new Error(`"${candidate}" is not among ${names.join(', ')}`)
      await session.click('group-candidate', place)
    }
  }

  /** Saves; every claim is tested again. */
  save() {
    return this.window.session.click('lacking-save')
  }
}
