/**
 * A small client of the W3C WebDriver protocol: the dozen commands the journeys need.
 *
 * Elements are named by their `data-testid`. Every act waits until it can be done and fails with a sentence that says
 * what it waited for; between two looks at the page lies a short pause, never a fixed sleep.
 */
import { setTimeout as pause } from 'node:timers/promises'

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** WebKit's driver swallows a line feed in typed text; the Enter key makes one. */
const ENTER = '\uE007'
/** Names of keys as the protocol writes them. @type {Record<string, string>} */
const KEYS = {
  Alt: '\uE00A',
  Control: '\uE009',
  Shift: '\uE008',
  Enter: '\uE007',
  Escape: '\uE00C',
  Tab: '\uE004',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
}
const PATIENCE_MS = 20_000
const PAUSE_MS = 50

/** Answers that only say "not yet": the page is drawing, or drew the element anew since we found it. */
const NOT_YET = new Set([
  'element click intercepted',
  'element not interactable',
  'invalid element state',
  'no such element',
  'stale element reference',
])

/** An error the driver reports; `code` is WebDriver's own word for it. */
export class WebDriverError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

/**
 * Looks until `probe` returns something true, and returns that.
 *
 * @template T
 * @param {string} what the condition in words, for the error
 * @param {() => Promise<T>} probe
 * @param {number} [patienceMs]
 * @returns {Promise<T>}
 */
export async function waitFor(what, probe, patienceMs = PATIENCE_MS) {
  const end = Date.now() + patienceMs
  let last = ''
  for (;;) {
    try {
      const result = await probe()
      if (result) return result
    } catch (error) {
      if (!(error instanceof WebDriverError && isNotYet(error))) throw error
      last = ` (last answer: ${error.message})`
    }
    if (Date.now() > end) throw new Error(`waited ${patienceMs / 1000} s for ${what}${last}`)
    await pause(PAUSE_MS)
  }
}

/**
 * What may pass when one looks again. The driver loses the answer of a script now and then while the page draws itself anew, and has
 * no code of its own for that.
 *
 * @param {WebDriverError} error
 */
function isNotYet(error) {
  return NOT_YET.has(error.code) || error.message.includes('Could not parse script result')
}

/** @param {string} url @param {string} method @param {object} [body] @returns {Promise<any>} */
async function request(url, method, body) {
  const payload = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url, { method, ...payload, signal: AbortSignal.timeout(60_000) })
  const { value } = await response.json()
  if (!response.ok) throw new WebDriverError(value?.error ?? String(response.status), value?.message ?? '')
  return value
}

/** True once the driver at `driverUrl` takes sessions. @param {string} driverUrl @returns {Promise<boolean>} */
export async function isReady(driverUrl) {
  return request(`${driverUrl}/status`, 'GET').then(
    (status) => status.ready,
    () => false,
  )
}

/** One open window under remote control. */
export class Session {
  /** @param {string} url of the session at the driver */
  constructor(url) {
    this.url = url
  }

  /** @param {string} driverUrl @param {object} alwaysMatch the capabilities to ask for @returns {Promise<Session>} */
  static async open(driverUrl, alwaysMatch) {
    const { sessionId } = await request(`${driverUrl}/session`, 'POST', { capabilities: { alwaysMatch } })
    return new Session(`${driverUrl}/session/${sessionId}`)
  }

  async close() {
    await request(this.url, 'DELETE')
  }

  /** @param {string} path @param {object} [body] */
  post(path, body = {}) {
    return request(`${this.url}/${path}`, 'POST', body)
  }

  /** Runs a function body inside the page. @param {string} script @param {...unknown} args @returns {Promise<any>} */
  execute(script, ...args) {
    return this.post('execute/sync', { script, args })
  }

  /** The window as a PNG. @returns {Promise<Buffer>} */
  async screenshot() {
    // The driver photographs what was painted last: two frames on, that is what stands in the document now.
    // On a display that nobody looks at, a frame may stay away until something else happens; the picture makes it happen.
    await this.execute(
      `return Promise.race([
         new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))),
         new Promise((done) => setTimeout(() => done(false), 1500)),
       ])`,
    )
    return Buffer.from(await request(`${this.url}/screenshot`, 'GET'), 'base64')
  }

  /** The page as it stands, for a failed journey. @returns {Promise<string>} */
  source() {
    return request(`${this.url}/source`, 'GET')
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    return this.post('window/rect', { width, height })
  }

  /** How many elements carry this id and can be seen. @param {string} id @returns {Promise<number>} */
  count(id) {
    return this.execute(
      'return [...document.querySelectorAll(arguments[0])].filter((e) => e.getClientRects().length > 0).length',
      selector(id),
    )
  }

  /** @param {string} id @param {number} [patienceMs] */
  shown(id, patienceMs) {
    return waitFor(`"${id}" to be shown`, () => this.count(id), patienceMs)
  }

  /** @param {string} id @param {number} [patienceMs] */
  gone(id, patienceMs) {
    return waitFor(`"${id}" to be gone`, async () => (await this.count(id)) === 0, patienceMs)
  }

  /** The visible text of the first element with this id. @param {string} id @returns {Promise<string>} */
  async text(id) {
    await this.shown(id)
    return this.execute('return document.querySelector(arguments[0])?.innerText ?? ""', selector(id))
  }

  /** Waits until the text matches, and returns it. @param {string} id @param {RegExp} pattern @param {number} [patienceMs] */
  async textMatching(id, pattern, patienceMs) {
    let seen = ''
    const probe = async () => {
      seen = await this.text(id)
      return pattern.test(seen)
    }
    await waitFor(`"${id}" to say ${pattern}`, probe, patienceMs).catch((error) => {
      throw new Error(`${error.message}; it says: ${seen.slice(0, 500)}`)
    })
    return seen
  }

  /**
   * Clicks as a person does, once the element can be clicked and stands still: the driver looks where it is and presses there a moment
   * later, so that a click on something that moves in between is lost without an error. One that was lost all the same is repeated.
   *
   * @param {string} id
   * @param {number} [index]
   */
  async click(id, index = 0) {
    await waitFor(`"${id}" to be clickable`, async () => {
      const element = await this.#find(id, index)
      if (!(await request(`${this.url}/element/${element}/enabled`, 'GET'))) return false
      if (!(await this.#standsStill(element, id))) return false
      await this.post(`element/${element}/click`)
      return this.#wasPressed()
    })
  }

  /** Replaces what a field holds by typing. @param {string} id @param {string} text */
  async type(id, text) {
    await waitFor(`"${id}" to take text`, async () => {
      const element = await this.#find(id, 0)
      await this.post(`element/${element}/clear`)
      await this.post(`element/${element}/value`, { text: text.replaceAll('\n', ENTER) })
      return (await request(`${this.url}/element/${element}/property/value`, 'GET')) === text
    })
  }

  /** Puts a long text into a field at once, as pasting does. @param {string} id @param {string} text */
  async paste(id, text) {
    await this.shown(id)
    await this.execute(
      `const field = document.querySelector(arguments[0]); field.value = arguments[1];
       field.dispatchEvent(new Event('input', { bubbles: true }))`,
      selector(id),
      text,
    )
  }

  /** Chooses an option of a list by its value. @param {string} id @param {string} value */
  async select(id, value) {
    await this.shown(id)
    await this.execute(
      `const list = document.querySelector(arguments[0]); list.value = arguments[1];
       list.dispatchEvent(new Event('change', { bubbles: true }))`,
      selector(id),
      value,
    )
  }

  /** Puts the focus on an element, or on one inside it. @param {string} id @param {string} [inner] */
  async focus(id, inner = '') {
    await this.shown(id)
    await this.execute('document.querySelector(arguments[0]).focus()', `${selector(id)} ${inner}`.trim())
  }

  /** Presses keys one after the other; those joined by + are held together. @param {...string} keys */
  async press(...keys) {
    for (const chord of keys) {
      const parts = chord === '+' ? ['+'] : chord.split('+').map((part) => KEYS[part] ?? part)
      const actions = [
        ...parts.map((value) => ({ type: 'keyDown', value })),
        ...parts.toReversed().map((value) => ({ type: 'keyUp', value })),
      ]
      await this.post('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] })
    }
  }

  /**
   * Whether an element is where it was two frames ago; from then on a click on it, or on one that took its place, is noticed.
   *
   * @param {string} element
   * @param {string} id
   * @returns {Promise<boolean>}
   */
  #standsStill(element, id) {
    return this.execute(
      `const [element, wanted] = arguments
       const place = () => { const { x, y } = element.getBoundingClientRect(); return x + ' ' + y }
       const before = place()
       if (!window.pressing) document.addEventListener('click', ({ target }) => {
         if (target.closest?.(window.pressing.wanted)) window.pressing.isDone = true
       }, true)
       window.pressing = { wanted, isDone: false }
       return new Promise((done) => setTimeout(() => done(place() === before), 33))`,
      { [ELEMENT]: element },
      selector(id),
    )
  }

  /** Whether the last click arrived, within a second; a window that was loaded anew has forgotten it, so it did. @returns {Promise<boolean>} */
  async #wasPressed() {
    for (let look = 0; look < 20; look++) {
      const isDone = await this.execute('return window.pressing?.isDone ?? true').catch(() => false)
      if (isDone) return true
      await pause(PAUSE_MS)
    }
    return false
  }

  /** @param {string} id @param {number} index @returns {Promise<string>} */
  async #find(id, index) {
    const found = await this.post('elements', { using: 'css selector', value: selector(id) })
    if (found.length <= index) throw new WebDriverError('no such element', `${found.length} of "${id}"`)
    // Out from under what stays in place while a page scrolls; the driver itself only looks whether it is in the window.
    await this.execute('arguments[0].scrollIntoView({ block: "nearest" })', found[index])
    return found[index][ELEMENT]
  }
}

/** @param {string} id */
function selector(id) {
  return `[data-testid="${id}"]`
}
