// `npm run main-job -- --csv FILE`: the main job on real leads, on the installation that runs here, checked by queries of
// its own. Real leads are not touched: everything happens in test runs, which only ever reach the built-in mailbox.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '#server/config.ts'
import { withInstance, type Instance } from './cli/instance.ts'
import { check, checkEnd, checkFridays, checkNoAddress, fridayByHand, type Check } from './main-job/checks.ts'
import { cpuSeconds } from './main-job/cpu-time.ts'
import {
  awaitEnd,
  closeTasks,
  forbidSomeCalls,
  fridayBySegment,
  hasOneDownload,
  importRun,
  publishTemplates,
  readShippedMapping,
  walk,
} from './main-job/steps.ts'
import { describeHome, readState } from './provision/home.ts'

const usage = `Usage: npm run main-job -- --csv FILE [--leads 2000] [--json]
  --csv FILE    the X Education leads (examples/mappings/x-education.json maps them)
  --leads N     how many leads with one download walk the journeys (default 2000)
  --json        print one JSON document instead of lines
`
/** Ten Fridays: eight invitations, a week for the last one, and one more in which nothing may happen. */
const length = 'P10W'
/** Every 20th lead is marked do-not-call. */
const doNotCallEvery = 20

interface Outcome {
  checks: (Check & { part: string })[]
  counts: Record<string, number>
  seconds: Record<string, number>
  /** By process, as far as they run on this machine. */
  cpuSeconds: Record<string, number>
}

const { values } = parseArgs({
  options: {
    csv: { type: 'string' },
    leads: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
})
const wanted = Number(values.leads)
if (values.csv === undefined || !Number.isInteger(wanted) || wanted < 1) {
  process.stderr.write(usage)
  process.exit(2)
}
const file = resolve(process.env['INIT_CWD'] ?? '.', values.csv)
const say = (line: string): void => {
  if (!values.json) process.stdout.write(`${line}\n`)
}

async function run(instance: Instance): Promise<Outcome> {
  const outcome: Outcome = { checks: [], counts: {}, seconds: {}, cpuSeconds: {} }
  const timed = async <Result>(part: string, work: () => Promise<Result>): Promise<Result> => {
    const started = performance.now()
    const result = await work()
    outcome.seconds[part] = Math.round((performance.now() - started) / 100) / 10
    return result
  }
  const record = (part: string, checks: Check[]): void => {
    outcome.checks.push(...checks.map((one) => ({ part, ...one })))
    for (const { ok, name, expected, actual } of checks) {
      say(`  ${ok ? 'ok    ' : 'FAILED'}  ${name}: ${String(actual)}${ok ? '' : ` (expected ${String(expected)})`}`)
    }
  }
  const services = localServices()
  const cpuBefore = services.map(({ pid }) => cpuSeconds([pid]))
  const mapping = await readShippedMapping()
  await publishTemplates(instance)

  say('The whole file as test leads')
  const whole = await timed('import', () => importRun(instance, { name: 'main job: the whole file', file, mapping }))
  const { counts: imported, rows } = whole.report
  record('import', [
    check(
      'rows accounted for',
      rows,
      imported.created + imported.updated + imported.unchanged + imported.rejected + imported.skipped,
    ),
    check('rows rejected', 0, imported.rejected),
  ])
  const [segment, byHand] = await Promise.all([
    timed('segment', () => fridayBySegment(instance, whole.runId, whole.start)),
    fridayByHand(instance.database.sql, whole.runId),
  ])
  record('segment', [
    {
      name: "leads in the Friday sampler's segment, the very ones a query written by hand finds",
      expected: byHand.length,
      actual: segment.length,
      ok: byHand.map(({ id }) => id).join() === segment.join(),
    },
  ])

  say(`${String(wanted)} leads with one download walk T2 and T3`)
  const part = { name: 'main job: T2 and T3', file, mapping, take: { fits: hasOneDownload, count: wanted } }
  const run = await importRun(instance, part)
  const forbidden = await forbidSomeCalls(instance, run.runId, doNotCallEvery)
  await timed('walk', () => walk(instance, run, length, say))
  record('walk', await checkFridays(instance.database.sql, run.runId))

  say('People make the calls')
  const closed = await timed('calls', async () => {
    const result = await closeTasks(instance, run.runId)
    await awaitEnd(instance, run.runId)
    return result
  })
  record('calls', await checkEnd(instance.database.sql, run.runId, closed))

  say('Leads without addresses')
  const bare = {
    name: 'main job: no addresses',
    file,
    mapping,
    omit: ['email'],
    take: { fits: hasOneDownload, count: Math.min(wanted, 500) },
  }
  const addressless = await importRun(instance, bare)
  await timed('no addresses', () => walk(instance, addressless, 'P2W', say))
  record('no addresses', await checkNoAddress(instance.database.sql, addressless.runId, 2))

  for (const [index, { name, pid }] of services.entries()) {
    const [before, after] = [cpuBefore[index] ?? null, cpuSeconds([pid])]
    if (before !== null && after !== null) outcome.cpuSeconds[name] = Math.round((after - before) * 10) / 10
  }
  outcome.counts = {
    rows,
    walked: run.report.counts.created,
    friday: segment.length,
    markedDoNotCall: forbidden,
    tasksClosed: closed.closed,
  }
  return outcome
}

/** The servers that `npm start` runs here, and this process. */
function localServices(): { name: string; pid: number }[] {
  const state = readState(describeHome(loadConfig().home))
  const servers = Object.entries(state?.processes ?? {}).map(([name, { pid }]) => ({ name, pid }))
  return [...servers, { name: 'this script', pid: process.pid }]
}

try {
  const outcome = await withInstance(run)
  const failed = outcome.checks.filter(({ ok }) => !ok).length
  if (values.json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`)
  say('')
  say(
    `Leads: ${Object.entries(outcome.counts)
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(', ')}`,
  )
  say(
    `Seconds: ${Object.entries(outcome.seconds)
      .map(([name, seconds]) => `${name} ${String(seconds)}`)
      .join(', ')}`,
  )
  const cpu = Object.entries(outcome.cpuSeconds)
  const total = Math.round(cpu.reduce((sum, [, seconds]) => sum + seconds, 0))
  say(`CPU seconds: ${String(total)} (${cpu.map(([name, seconds]) => `${name} ${String(seconds)}`).join(', ')})`)
  say(
    failed === 0
      ? `All ${String(outcome.checks.length)} checks hold.`
      : `${String(failed)} of ${String(outcome.checks.length)} checks FAILED.`,
  )
  process.exitCode = failed === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
if (process.channel !== undefined) process.disconnect()
