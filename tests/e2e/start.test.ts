// `npm start` with real processes: what it leaves behind, what it says, what survives.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { embeddedPostgresUrl } from '#scripts/provision/postgres.ts'
import { describeHome, readState } from '#scripts/provision/home.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { findProcessesOf, findSurvivors, startTrellis, type TrellisProcess } from '../support/trellis-process.ts'

const ready = /^Trellis runs at /
/** Guards ask politely for 8 to 10 s before they kill. */
const stopTimeoutMs = 25_000

describe('npm start', () => {
  let home: string
  let port: number
  let trellis: TrellisProcess

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'trellis-start-'))
    chmodSync(home, 0o711)
    port = await findFreePort()
  })

  afterAll(async () => {
    trellis.bootstrap.kill('SIGTERM')
    // A failed test may have left what nobody watches any more.
    for (const { pid } of await findSurvivors(home, stopTimeoutMs)) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })

  test('names the port and the variable when PORT is taken', async () => {
    const stranger = await listen(port)
    trellis = startTrellis(home, port)
    expect(await trellis.ended).toBe(1)
    expect(trellis.output()).toContain(`Port ${String(port)} on 127.0.0.1 is in use`)
    expect(trellis.output()).toContain(`PORT=${String(port + 1)} npm start`)
    await new Promise((resolve) => stranger.close(resolve))
    expect(await findSurvivors(home, stopTimeoutMs)).toEqual([])
  })

  test('answers on its port, and refuses a second start on the same data', async () => {
    trellis = startTrellis(home, port)
    await trellis.waitFor(ready)
    expect((await fetch(`http://127.0.0.1:${String(port)}/health`)).headers.get('content-type')).toContain('json')
    await query('create table survives_a_restart (id int)')

    const second = startTrellis(home, await findFreePort())
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`Trellis already runs on TRELLIS_HOME "${home}"`)
  })

  test('starts a child again when it dies, and says so', async () => {
    for (const name of ['api', 'worker', 'temporal', 'postgres']) {
      process.kill(recordedPid(name), 'SIGKILL')
      await trellis.waitFor(new RegExp(`^${name} was ended by SIGKILL; restarting in `))
      await trellis.waitFor(new RegExp(`^${name} runs again`))
    }
    expect(await query('select count(*)::int as count from survives_a_restart')).toEqual([{ count: 0 }])
  })

  test('leaves no process after Ctrl-C, and stops in order', async () => {
    trellis.bootstrap.kill('SIGINT')
    expect(await trellis.ended).toBe(130)
    expect(findProcessesOf(home)).toEqual([])
    // Stopped properly, Postgres leaves no pid file.
    expect(() => readFileSync(join(describeHome(home).postgresData, 'postmaster.pid'))).toThrow('ENOENT')
  })

  test('keeps its data over a restart, which takes seconds', async () => {
    const startedAt = Date.now()
    trellis = startTrellis(home, port)
    await trellis.waitFor(ready)
    expect(Date.now() - startedAt).toBeLessThan(30_000)
    expect(await query('select count(*)::int as count from survives_a_restart')).toEqual([{ count: 0 }])
  })

  test('leaves no process after kill -9 of the supervisor', async () => {
    const { pid } = JSON.parse(readFileSync(describeHome(home).lockFile, 'utf8')) as { pid: number }
    process.kill(pid, 'SIGKILL')
    await trellis.ended
    expect(await findSurvivors(home, stopTimeoutMs)).toEqual([])
  })

  test('leaves no process after kill -9 of the bootstrap', async () => {
    trellis = startTrellis(home, port)
    await trellis.waitFor(ready)
    trellis.bootstrap.kill('SIGKILL')
    expect(await findSurvivors(home, stopTimeoutMs)).toEqual([])
  })

  test('ends what is left when supervisor and watchers were all killed at once', async () => {
    trellis = startTrellis(home, port)
    await trellis.waitFor(ready)
    const watchers = findProcessesOf(home).filter(({ command }) => /guard\.mjs|start\.ts|bootstrap\.mjs/.test(command))
    for (const { pid } of watchers) process.kill(pid, 'SIGKILL')
    await trellis.ended
    expect(findProcessesOf(home).map(({ command }) => command)).toContainEqual(expect.stringContaining('postgres -D'))

    trellis = startTrellis(home, port)
    await trellis.waitFor(/^Ended what an earlier start had left behind: .*postgres/)
    await trellis.waitFor(ready)
    expect(await query('select count(*)::int as count from survives_a_restart')).toEqual([{ count: 0 }])
  })

  function recordedPid(name: string): number {
    const pid = readState(describeHome(home))?.processes[name]?.pid
    if (pid === undefined) throw new Error(`No process is recorded for "${name}".`)
    return pid
  }

  async function query(text: string): Promise<unknown[]> {
    const state = readState(describeHome(home))
    const sql = postgres(embeddedPostgresUrl(state?.postgresPort ?? 0, state?.postgresPassword ?? ''), { max: 1 })
    try {
      return [...(await sql.unsafe(text))]
    } finally {
      await sql.end()
    }
  }
})

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server))
  })
}
