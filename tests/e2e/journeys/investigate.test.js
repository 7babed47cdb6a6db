/** Looking closer: a suspicion answered step by step, everything about an altered vote, and the export beside the one before. */
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { keyLines } from '../driver/fixtures.js'
import { FIXTURES, journey } from '../driver/journey.js'
import { look } from '../driver/looking.js'
import { Import } from '../screens/import.js'
import { Keys } from '../screens/keys.js'
import { Overview } from '../screens/overview.js'
import { Rail } from '../screens/rail.js'
import { Welcome } from '../screens/welcome.js'

const ALTERED = '03_votes_candidate_changed'

journey('investigate', 'asks who altered votes, looks up one of them and compares with the export before', async (window) => {
  const { session } = window
  const expected = JSON.parse(readFileSync(join(FIXTURES, 'logbook', 'expected.json'), 'utf8'))[ALTERED]
  const integrity = Object.values(expected.elections)[0].vote_integrity
  const [altered, other] = integrity.tampered_vote_ids

  await window.answerSaveDialog(window.path('altered.scrutineer'))
  await new Welcome(window).shown()
  await new Welcome(window).newCase()
  const importing = new Import(window)
  await importing.shown()
  await importing.choose(join(FIXTURES, 'logbook', ALTERED))
  await importing.plan(/votes\.json/)
  await importing.confirm()
  const keys = new Keys(window)
  await keys.shown()
  await keys.apply(keyLines())
  await new Overview(window).verdict(/contradicted/i)

  await new Rail(window).go('investigate')
  await session.click('tab-questions')
  await session.textMatching('questions', /An administrator/)
  await session.execute(`document.querySelector('[data-testid="question-administrator-manipulated"]').open = true`)
  await session.textMatching('question-administrator-manipulated', /S101/)
  await look(window, 'questions')

  await session.click('tab-subject')
  await session.type('subject-text', altered)
  await session.click('subject-look')
  await session.textMatching('subject-found', new RegExp(`${altered}[^]*S101[^]*votes: 1 row`))
  await look(window, 'subject')
  await window.answerSaveDialog(window.path('subject.pdf'))
  await session.click('save-pdf')
  await session.textMatching('saved-as', /subject\.pdf/)
  assert.ok(statSync(window.path('subject.pdf')).size > 2000, 'the page was printed')

  await session.click('tab-compare')
  await window.answerOpenDialog(join(FIXTURES, 'logbook', '02_clean_closed'))
  await session.click('compare-folder')
  const compared = await session.textMatching('compared', /explained by no audit entry/)
  for (const vote of [altered, other]) assert.ok(compared.includes(`vote:${vote}`), `${vote} is named`)
  assert.equal(compared.match(/vote:/g)?.length, integrity.tampered_votes, 'and no other vote')
  await look(window, 'compare')
})
