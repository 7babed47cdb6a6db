/** A damaged export: the screen says which file, and the case goes on with a sound one. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { LOGBOOK } from '../driver/fixtures.js'
import { journey } from '../driver/journey.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Welcome } from '../screens/welcome.js'

journey('unreadable', 'is told which file cannot be read, and imports a sound export instead', async (window) => {
  const damaged = window.path('damaged')
  await mkdir(damaged)
  await writeFile(join(damaged, 'votes.json'), '[{"id": "88327ee5", "election_id": ')

  await window.answerSaveDialog(window.path('mine.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await welcome.newCase()

  const importing = new Import(window)
  await importing.shown()
  await importing.choose(damaged)
  await importing.error(/votes\.json/)
  await window.picture('error')

  await importing.back()
  await importing.shown()
  await importing.choose(join(LOGBOOK, '02_clean_closed'))
  await importing.plan(/votes\.(json|csv)/)
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.skip()
  // Without keys nothing is proved, and the window says so instead of guessing.
  await new Overview(window).verdict(/cannot tell|consistent/i)
  await window.picture('overview-without-keys')
})
