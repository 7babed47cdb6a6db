/**
 * axe-core in the real webview: what people who cannot see, or cannot use a mouse, would stumble over.
 *
 * The page's content security policy lets no script in; the driver's own scripts are not the page's, so axe comes as one.
 */
import { readFileSync } from 'node:fs'

const AXE = readFileSync(new URL('../../../ui/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const GRAVE = ['serious', 'critical']

/** Serious faults of a screen, in lines. @param {import('./journey.js').Window} window @param {string} screen @returns {Promise<string[]>} */
export async function faultsOf(window, screen) {
  const { session } = window
  if (!(await session.execute('return typeof window.axe === "object"'))) await session.execute(`${AXE}; return true`)
  const found = await session.execute(
    `return axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.map(
       ({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.slice(0, 3).map((node) => node.html + ' ' + (node.any[0]?.message ?? '')) })))`,
  )
  const grave = found.filter((/** @type {any} */ fault) => GRAVE.includes(fault.impact))
  return grave.map((/** @type {any} */ fault) => `${screen}: ${fault.impact} ${fault.id}: ${fault.help}\n  ${fault.where.join('\n  ')}`)
}
