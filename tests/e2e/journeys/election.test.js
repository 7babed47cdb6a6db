/** An election of 200 voters from the first administrator to the published files, all of it in the window. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'

import { journey } from '../driver/journey.js'
import { assertAccessible, look, settled } from '../driver/looking.js'
import { waitFor } from '../driver/webdriver.js'
import { Elections } from '../screens/elections.js'
import { Kiosk } from '../screens/kiosk.js'
import { Rail } from '../screens/rail.js'
import { Welcome } from '../screens/welcome.js'

const TITLE = 'Board of the Harbor Ridge Volunteer Fire Company and Friends'
const LONG = 'Maximiliane Theodora Elisabeth von Hohenstein-Brandenburg zu Neustadt'
const RIGHT_TO_LEFT = 'محمد بن عبد الله'
const VOTERS = 200
const AT_THE_DESK = 130
const ON_PAPER = 20

/** @param {number} place */
const number = (place) => String(place).padStart(3, '0')

/** The roll with two names that are hard to show. */
function roll() {
  const names = Array.from({ length: VOTERS }, (_, place) => `Voter ${number(place)} Müller`)
  names[3] = LONG
  names[4] = RIGHT_TO_LEFT
  return ['Member;Called;E-Mail;Where', ...names.map((name, place) => `V${number(place)};${name};v${place}@example.org;Street ${place}, 1000 Town`)].join('\n')
}

/** What those at the desk mark. @returns {import('../screens/kiosk.js').Ballot[]} */
function ballots() {
  return Array.from({ length: AT_THE_DESK }, (_, place) => ({
    chair: place < 70 ? 'ash' : place < 125 ? 'birch' : '=Jo Doe',
    board: place % 2 === 0 ? ['cedar', 'elm'] : ['elm', 'fir'],
    motion: place < 80 ? 'yes' : 'no',
  }))
}

/** Credentials by the voter's name, from the table that was written. @param {string} path @returns {Map<string, string>} */
function credentials(path) {
  const [header, ...rows] = readFileSync(path, 'utf8').replace('\ufeff', '').trim().split(/\r?\n/)
  const columns = (header ?? '').split(',').map((name) => name.replaceAll('"', ''))
  const cells = rows.map((row) => [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((match) => (match[1] ?? '').replace(/^"|"$/g, '')))
  return new Map(cells.map((row) => [row[columns.indexOf('name')] ?? '', row[columns.indexOf('credential')] ?? '']))
}

journey('election', 'runs an election: sets it up, votes at the desk and on paper, closes, counts, certifies and publishes', async (window) => {
  const { session } = window
  const elections = new Elections(window)
  const kiosk = new Kiosk(window)
  await window.answerSaveDialog(window.path('club.scrutineer'))
  const welcome = new Welcome(window)
  await welcome.shown()
  await look(window, 'welcome')
  await welcome.runElection()

  // People.
  await session.shown('found-begin')
  await look(window, 'empty')
  await elections.found('Anna')
  await look(window, 'found')
  await session.click('found-submit')
  await session.textMatching('signed-in', /Anna\s*administrator/, 60_000)
  await look(window, 'no-election')
  await session.click('people')
  await elections.addPerson('Ben', 'witness')
  await elections.addPerson('Cleo', 'clerk')
  await look(window, 'people')
  await session.click('people-back')

  // Rules.
  await elections.make(TITLE)
  await session.type('setup-zone', 'Europe/Vienna')
  await session.type('setup-ends', '2099-01-31 18:00')
  await session.select('setup-second-ballot', 'replace')
  await session.select('setup-quorum', 'percentage')
  await session.type('setup-attestations', '1')
  await session.type('setup-contact', 'the office')
  await session.type('setup-place', 'the hall, all day')
  await session.type('setup-leadership', 'board@example.org')
  await elections.contest(0, 'Chair', 'plurality', 1, ['Ash', 'Birch', LONG], true)
  await elections.contest(1, 'Board', 'scotland', 2, ['Cedar', 'Elm', 'Fir', RIGHT_TO_LEFT], false)
  await elections.contest(2, 'Motion', 'approval', 1, ['Yes', 'No'], false)
  await session.click('setup-save')
  await session.textMatching('said', /rules are saved/)
  await session.click('preview')
  await look(window, 'setup')
  await session.execute(`document.querySelector('[data-testid="ballot-preview"]').scrollIntoView()`)
  await look(window, 'preview')

  // The roll: a file with a mistake, then the right one with columns that must be named.
  await elections.page('home')
  await session.textMatching('missing', /Nobody is on the roll/)
  await look(window, 'draft')
  await elections.page('roll')
  await look(window, 'roll-empty')
  await writeFile(window.path('wrong.csv'), 'Number;Name\n1;Anna\n1;Ben\n')
  await window.answerOpenDialog(window.path('wrong.csv'))
  await session.click('roll-choose')
  await session.textMatching('roll-problems', /3\s+Number\s+Voter 1 stands on row 2 too/)
  await look(window, 'roll-problems')
  await writeFile(window.path('roll.csv'), roll())
  await window.answerOpenDialog(window.path('roll.csv'))
  await session.execute(`[...document.querySelectorAll('button')].find((one) => one.innerText === 'Choose another file').click()`)
  await session.textMatching('roll-plan', /Say which column holds|Member/)
  await session.select('column-voter', 'Member')
  await session.select('column-name', 'Called')
  await session.select('column-address', 'Where')
  await session.textMatching('roll-plan', /200 voters/)
  await look(window, 'roll-plan')
  await session.click('roll-take')
  await session.textMatching('said', /200 voters are on the roll/)
  await look(window, 'roll')

  // Open, letters.
  await elections.page('home')
  await session.textMatching('next-text', /Everything that opening needs is there/)
  await session.click('primary')
  await elections.isIn('open')
  await session.textMatching('said', /200 credentials were issued/)
  await look(window, 'letters')
  await window.answerSaveDialog(window.path('letters.csv'))
  await session.click('letters-csv')
  await session.textMatching('said', /200 letters were written/)
  const codes = credentials(window.path('letters.csv'))
  assert.equal(codes.size, VOTERS)
  const page = await session.source()
  for (const code of codes.values()) assert.ok(!page.includes(code), 'no credential stands in the window')

  // The desk.
  await elections.page('home')
  await look(window, 'open')
  await session.click('primary')
  await kiosk.at('start')
  await look(window, 'kiosk-start')
  await kiosk.scan('00000-00000-00000-00000')
  await session.textMatching('kiosk-refusal', /credential is not known/)
  await look(window, 'kiosk-refused')
  const names = [...codes.keys()].filter((name) => name.startsWith('Voter')).sort()
  const voters = names.slice(0, AT_THE_DESK)
  for (const [place, ballot] of ballots().entries()) {
    const code = codes.get(voters[place] ?? '') ?? ''
    await kiosk.scan(place % 2 === 0 ? code : code.toLowerCase().replaceAll('-', ' '))
    if (place === 0) {
      await kiosk.asks('single')
      await look(window, 'kiosk-one')
      await session.click('kiosk-next')
      await kiosk.asks('ranked')
      await session.click('choice-elm')
      await session.click('choice-cedar')
      await session.click('up-cedar')
      await look(window, 'kiosk-ranked')
      await session.click('kiosk-clear')
      await session.click('kiosk-back')
    }
    await kiosk.mark(ballot)
    if (place === 0) await look(window, 'kiosk-review')
    const receipt = await kiosk.cast()
    assert.match(receipt, /^[0-9a-f]{64}$/)
    if (place === 0) {
      assert.equal(await session.count('receipt-qr'), 1)
      await look(window, 'kiosk-receipt')
    }
    await kiosk.done()
  }
  // The first voter comes again and changes one answer.
  await kiosk.scan(codes.get(voters[0] ?? '') ?? '')
  await kiosk.mark({ chair: 'birch', board: ['cedar', 'elm'], motion: 'yes' })
  await kiosk.cast()
  await session.textMatching('receipt', /takes the place of the one before/)
  await kiosk.done()
  await session.press('Control+k')
  assert.equal(await session.count('palette'), 0, 'no key leads out of the desk')
  await session.click('kiosk-leave')
  await look(window, 'kiosk-leave')
  await session.click('leave-cancel')
  await kiosk.leave('Anna')
  await session.textMatching('figures', /130\s+took part\s+131\s+ballots in the chain/)

  // Paper: two people enter a batch, they differ, they agree, a third attests.
  await elections.page('paper')
  await look(window, 'paper-empty')
  for (let place = VOTERS - ON_PAPER; place < VOTERS; place++) {
    await session.type('hand-out-voter', `V${number(place)}`)
    await session.click('hand-out')
    if (place === VOTERS - ON_PAPER) {
      await session.type('approve-case', 'the case passphrase')
      await session.click('approve-submit')
    }
    await session.textMatching('said', new RegExp(`V${number(place)} votes on paper`))
  }
  const marks = ['ash', 'cedar', 'elm', 'yes']
  await session.click('paper-new')
  await session.shown('paper-entry')
  await look(window, 'paper-entry')
  await elections.paper([{ marks, count: ON_PAPER }])
  await elections.batchIs('entered')
  await elections.signInAs('Cleo')
  await session.click('paper-again')
  await elections.paper([{ marks, count: ON_PAPER + 1 }])
  await elections.batchIs('differs')
  await session.textMatching('differences', /Chair: Ash[\s\S]*20\s+21/)
  await look(window, 'paper-differs')
  await session.click('paper-again')
  await elections.paper([{ marks, count: ON_PAPER }])
  await elections.batchIs('pending')
  await elections.signInAs('Ben')
  await session.click('paper-attest')
  await elections.batchIs('counted')
  await look(window, 'paper')
  await elections.signInAs('Anna')

  // A vote is excluded, which leadership must be told; voting is extended.
  await elections.page('watch')
  await session.textMatching('turnout', /150\s+of 200 voters took part/)
  await session.textMatching('quorum', /quorum of 100 voters is met/)
  await session.click('toggle-exclude_vote')
  await session.type('exclude-vote', '130')
  await session.type('exclude_vote-reason', 'The voter showed a false letter')
  await session.click('exclude_vote-submit')
  await elections.approve('Ben')
  await session.textMatching('turnout', /149\s+of 200 voters took part/)
  await session.textMatching('leadership-waits', /Leadership not yet told/)
  await session.click('toggle-extend')
  await session.type('extend-end', '2099-02-28 18:00')
  await session.type('extend-reason', 'The hall was locked until noon')
  await look(window, 'watch')
  await session.click('extend-submit')
  await session.shown('approve')
  await look(window, 'approve')
  await elections.approve('Ben')
  await session.textMatching('turnout', /Voting ends 2099-02-28 18:00 \(Europe\/Vienna\)/)
  await elections.page('outbox')
  await session.click('notice-look')
  await session.textMatching('notice', /The voter showed a false letter/)
  await look(window, 'outbox')
  await session.click('notice-confirm')
  await session.click('notice-confirm-submit')
  await session.gone('leadership-waits')
  await session.gone('notice-confirm-submit')
  await session.textMatching('said', /./)
  await session.click('notice-new')
  await session.select('notice-template', 'voter-extension')
  await session.textMatching('notice-form', /now ends 28 February 2099, 18:00/)
  await look(window, 'notice')

  // Close and count.
  await elections.page('close')
  await session.textMatching('pre-close', /Which of 180 credentials|Which of 200 credentials/)
  await session.textMatching('pre-close', /149 of 200 voters took part/)
  await look(window, 'close')
  await elections.tickBeforeClosing()
  await session.type('early-reason', 'Everybody present has voted')
  await session.click('has-read')
  await session.click('count-now')
  await session.type('close-confirm', TITLE.toLowerCase())
  await look(window, 'close-ready')
  await session.click('close-submit')
  await elections.approve('Ben')
  await elections.isIn('tallied')
  await session.textMatching('close-outcome', /is closed and counted/)
  await session.textMatching('scrub', /; 0 were found/)
  await session.textMatching('post-close', /The election is: Counted/)
  for (const event of ['event-closed', 'event-anonymized', 'event-searched']) await session.textMatching(event, /Entry \d+ of the ledger/)
  await look(window, 'closed')

  // Result, counted by hand: Ash 69 + 20 on paper, Birch 55 + 1, Jo Doe 4, since the last of five was excluded; Cedar first on 85, Elm on 64, the quota is 50.
  await elections.page('result')
  await session.textMatching('own-result', /149 of 200 voters took part; 149 ballots count/)
  assert.deepEqual(await elections.elected(), [['Ash'], ['Cedar', 'Elm'], ['Yes']])
  await session.click('rounds', 1)
  await look(window, 'result')
  await session.click('certify')
  await elections.approve('Ben')
  await elections.isIn('certified')
  await session.textMatching('certificate', /Signed by Anna \(administrator\), Ben \(witness\)/)
  await session.execute(`document.querySelector('[data-testid="publish"]').scrollIntoView()`)
  await look(window, 'certified')
  await mkdir(window.path('public'))
  await window.answerOpenDialog(window.path('public'))
  await session.click('form-sealed')
  await session.click('publish-submit')
  await elections.approve('Ben')
  await elections.isIn('published')
  await session.textMatching('published', /files written into .*public/)
  assert.ok(existsSync(window.path('public/SHA256SUMS')))
  const result = JSON.parse(readFileSync(window.path('public/result.json'), 'utf8'))
  assert.deepEqual([result.ballots, result.ballots_replaced, result.ballots_excluded, result.ballots_paper], [151, 1, 1, 20])
  await look(window, 'published')

  // The ledger has all of it, and nothing leads from a credential to its voter any more.
  await session.click('election-back')
  await session.textMatching('own-election', /Published/)
  await look(window, 'list')
  await new Rail(window).go('ledger')
  await settled(window)
  await waitFor('the ledger', async () => /election_published|published/i.test(await session.text('ledger-table')))
  const raw = readFileSync(window.path('club.scrutineer'))
  for (const code of codes.values()) assert.ok(!raw.includes(code) && !raw.includes(code.replaceAll('-', '')), 'no credential lies in the case')
  assertAccessible(window)
})
