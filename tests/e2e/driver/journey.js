/**
 * A journey: a test with a window and a folder of its own, which leaves pictures behind.
 *
 * The window runs as a stranger's would: no settings, caches or recent cases of the person who runs the tests, a fixed
 * language and time zone. Whatever the journey or the program leaves running is gone afterwards.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Session, isReady, waitFor } from './webdriver.js'

export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const OUTPUT = fileURLToPath(new URL('../output/', import.meta.url))
const JOURNEY_MS = 240_000

/** The window of one journey, with the folder it works in. */
export class Window {
  #pictures = 0

  /** @param {string} name @param {Session} session @param {string} folder */
  constructor(name, session, folder) {
    this.name = name
    this.session = session
    this.folder = folder
  }

  /** A path inside the journey's own folder. @param {string} file */
  path(file) {
    return join(this.folder, file)
  }

  /** What the next "open" dialog answers. @param {string} path */
  answerOpenDialog(path) {
    return writeFile(this.path('dialog-open.txt'), path)
  }

  /** What the next "save" dialog answers. @param {string} path */
  answerSaveDialog(path) {
    return writeFile(this.path('dialog-save.txt'), path)
  }

  /** Keeps a picture as output/JOURNEY-NN-SCREEN.png. @param {string} screen */
  async picture(screen) {
    this.#pictures += 1
    const number = String(this.#pictures).padStart(2, '0')
    await writeFile(join(OUTPUT, `${this.name}-${number}-${screen}.png`), await this.session.screenshot())
  }
}

/**
 * Declares a test that drives the real window.
 *
 * @param {string} name short, for file names
 * @param {string} story what the person in the journey does
 * @param {(window: Window) => Promise<void>} walk
 * @param {string[]} [args] for the program
 * @param {Record<string, string>} [extra] for its environment
 */
export function journey(name, story, walk, args = [], extra = {}) {
  test(story, { timeout: JOURNEY_MS }, async () => {
    mkdirSync(OUTPUT, { recursive: true })
    for (const old of readdirSync(OUTPUT)) {
      if (old.startsWith(`${name}-`)) rmSync(join(OUTPUT, old))
    }
    const folder = await mkdtemp(join(tmpdir(), `scrutineer-${name}-`))
    const driver = await startDriver(name, folder, extra)
    try {
      const window = new Window(name, await openWindow(driver.url, args), folder)
      try {
        await walk(window)
      } catch (error) {
        await keepRemains(window)
        throw error
      }
      await window.session.close()
    } finally {
      await driver.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  })
}

/** What the window shows when a journey fails; the failure itself matters more than a failure here. @param {Window} window */
async function keepRemains(window) {
  const stem = join(OUTPUT, `${window.name}-failed`)
  await window.session.screenshot().then((png) => writeFile(`${stem}.png`, png)).catch(() => {})
  await window.session.source().then((html) => writeFile(`${stem}.html`, html)).catch(() => {})
}

/** @param {string} driverUrl @param {string[]} args @returns {Promise<Session>} */
async function openWindow(driverUrl, args) {
  const binary = process.env.SCRUTINEER_BINARY
  if (!binary) throw new Error('SCRUTINEER_BINARY is not set; cargo xtask test --only e2e sets it')
  return Session.open(driverUrl, { 'webkitgtk:browserOptions': { binary, args } })
}

/**
 * Starts WebKit's driver on a free port; the program inherits its environment.
 *
 * @param {string} name @param {string} folder @param {Record<string, string>} extra
 */
async function startDriver(name, folder, extra) {
  const port = await freePort()
  const log = createWriteStream(join(OUTPUT, `${name}.log`))
  await once(log, 'open')
  const child = spawn('WebKitWebDriver', [`--port=${port}`], {
    detached: true, // a process group of its own, so that the window ends with it
    stdio: ['ignore', log, log],
    env: { ...process.env, ...surroundings(folder), ...extra },
  })
  const failed = new Promise((_, reject) => {
    child.on('error', (error) => reject(new Error(`WebKitWebDriver (package webkit2gtk-driver): ${error.message}`)))
  })
  const url = `http://127.0.0.1:${port}`
  await Promise.race([failed, waitFor('WebKitWebDriver to answer', () => isReady(url))])
  return { url, stop: () => stop(child) }
}

/** @param {string} folder @returns {Record<string, string>} */
function surroundings(folder) {
  return {
    SCRUTINEER_E2E_DIR: folder,
    TAURI_WEBVIEW_AUTOMATION: 'true', // Tauri lets a driver in only with this
    XDG_DATA_HOME: join(folder, 'xdg-data'),
    XDG_CONFIG_HOME: join(folder, 'xdg-config'),
    XDG_CACHE_HOME: join(folder, 'xdg-cache'),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GDK_BACKEND: 'x11',
    NO_AT_BRIDGE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  if (child.pid === undefined) return
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The whole group is gone already.
  }
  await ended
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}
