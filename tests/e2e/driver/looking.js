/** Looking at a screen in both colours: a picture of each, and what axe-core finds. */
import assert from 'node:assert/strict'

import { faultsOf } from './axe.js'
import { waitFor } from './webdriver.js'

/** Serious faults of all screens that a journey came by, so that they are told together. @type {string[]} */
const faults = []

/** Looks at a screen in both colours. @param {import('./journey.js').Window} window @param {string} name */
export async function look(window, name) {
  for (const theme of ['light', 'dark']) {
    await window.session.execute('document.documentElement.dataset.theme = arguments[0]', theme)
    await window.picture(`${name}-${theme}`)
    faults.push(...(await faultsOf(window, `${window.name}: ${name}, ${theme}`)))
  }
}

/** @param {import('./journey.js').Window} window */
export function assertAccessible(window) {
  const own = faults.filter((fault) => fault.startsWith(`${window.name}:`))
  assert.equal(own.join('\n'), '', 'every screen is accessible')
}

/** Waits until nothing on the screen says that it is being read. @param {import('./journey.js').Window} window */
export async function settled(window) {
  await waitFor('the screen to be read', () =>
    window.session.execute(`return !/Reading from the case|is being read/.test(document.querySelector('main')?.innerText ?? '') && !document.querySelector('progress')`),
  )
}
