import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { choosePort } from '#scripts/provision/choose-port.ts'
import { findHomeHolder, lockHome } from '#scripts/provision/home-lock.ts'
import { describeHome, loadState, openHome, readState } from '#scripts/provision/home.ts'
import { endLeftovers } from '#scripts/provision/leftovers.ts'
import { findFreePort } from '#scripts/provision/ports.ts'
import { isProcess, readCommandLine } from '#scripts/provision/processes.ts'
import { findTemporalBinary } from '#scripts/provision/temporal-binary.ts'
import { temporalServerArguments } from '#scripts/provision/temporal.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trellis-home-'))
  chmodSync(folder, 0o711)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('TRELLIS_HOME', () => {
  test('keeps the same secrets from start to start, for its owner only', () => {
    const home = openHome(join(folder, 'home'))
    const state = loadState(home)
    expect(loadState(home)).toEqual(state)
    expect(statSync(home.stateFile).mode & 0o777).toBe(0o600)
    expect(state.secret.length).toBeGreaterThanOrEqual(32)
  })

  test('is not given a new password when its state is damaged', () => {
    const home = openHome(join(folder, 'home'))
    writeFileSync(home.stateFile, '{')
    expect(() => readState(home)).toThrow(/state\.json" is damaged.*restore it/)
  })

  test('says what to do when it cannot be made', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => openHome(join(folder, 'file', 'home'))).toThrow(
      /TRELLIS_HOME is ".*file\/home", which cannot be written/,
    )
  })

  test('takes over a lock whose holder is gone, or is another program by now', () => {
    const home = openHome(join(folder, 'home'))
    // Our own process runs, and is no supervisor.
    writeFileSync(home.lockFile, JSON.stringify({ pid: process.pid, address: 'http://127.0.0.1:3000' }))
    expect(findHomeHolder(home)).toBeUndefined()
    const unlock = lockHome(home, 'http://127.0.0.1:3001')
    expect(JSON.parse(readFileSync(home.lockFile, 'utf8'))).toEqual({
      pid: process.pid,
      address: 'http://127.0.0.1:3001',
    })
    unlock()
  })
})

describe('ports', () => {
  const wishes = { name: 'Postgres', variable: 'POSTGRES_PORT', configured: undefined, remembered: undefined, first: 1 }

  test('a configured port that is taken is an error with its number and variable', async () => {
    const { port, close } = await holdPort()
    await expect(choosePort({ ...wishes, configured: port })).rejects.toThrow(
      new RegExp(`Port ${String(port)}, wanted for Postgres by POSTGRES_PORT, is in use`),
    )
    await close()
  })

  test('the remembered port is kept, and given up when somebody else has it', async () => {
    const free = await findFreePort()
    expect(await choosePort({ ...wishes, remembered: free })).toBe(free)
    const { port, close } = await holdPort()
    expect(await choosePort({ ...wishes, remembered: port, first: port })).not.toBe(port)
    await close()
  })
})

describe('processes', () => {
  test('a process id that belongs to another program by now is not touched', async () => {
    const home = describeHome(folder)
    const state = loadState(home)
    state.processes = { worker: { pid: process.pid, command: 'node server/worker.ts' } }
    expect(await endLeftovers(home, state)).toEqual([])
    expect(isProcess(process.pid)).toBe(true)
    expect(readCommandLine(2 ** 22 + 1)).toBeUndefined()
  })
})

describe('Temporal', () => {
  test('a TEMPORAL_CLI_PATH that does not work is an error, not a reason to look elsewhere', async () => {
    const options = { searchPath: process.env['PATH'], binFolder: folder }
    await expect(findTemporalBinary({ ...options, cliPath: '/bin/true' })).rejects.toThrow(
      'TEMPORAL_CLI_PATH is "/bin/true", which is not a working Temporal CLI',
    )
  })

  test('is given a database file with write-ahead log, and the matcher that knows priorities', () => {
    const line = temporalServerArguments({ binary: 'temporal', port: 7, databaseFile: '/f', logFile: '/l' }).join(' ')
    expect(line).toContain('--headless --ip 127.0.0.1 --port 7 --db-filename /f')
    expect(line).toContain('--sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=NORMAL')
    expect(line).toContain('--dynamic-config-value matching.useNewMatcher=true')
  })
})

test('the bootstrap names its commands when it is given an unknown one', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'strat'], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain(
    'Unknown command "strat". Use one of: start, test, check, bench, cli, main-job, test-faults, new-activity.',
  )
})

async function holdPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const port = await findFreePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
