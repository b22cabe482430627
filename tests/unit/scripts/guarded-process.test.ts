import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendSignal, spawnGuarded } from '#scripts/provision/guarded-process.ts'
import { isProcess } from '#scripts/provision/processes.ts'

const modulePath = new URL('../../../scripts/provision/guarded-process.ts', import.meta.url).pathname
const waiting = ['-e', 'setInterval(() => {}, 1000)']
const deaf = ['-e', "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)"]

test('reports how a child ended', async () => {
  const child = await spawnGuarded({ command: process.execPath, args: ['-e', 'process.exit(7)'] })
  expect(await child.exited).toEqual({ code: 7, signal: null })
  expect(child.isRunning()).toBe(false)
})

test('names a program that cannot be started', async () => {
  await expect(spawnGuarded({ command: '/no/such/program', args: [] })).rejects.toThrow('/no/such/program')
})

test('asks a child to stop, then kills one that does not listen', async () => {
  const lines: string[] = []
  const child = await spawnGuarded({
    command: process.execPath,
    args: deaf,
    stopTimeoutMs: 200,
    onLine: (line) => lines.push(line),
  })
  await expect.poll(() => lines).toEqual(['deaf'])
  await child.stop()
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('ends a child whose watcher is killed', async () => {
  const child = await spawnGuarded({ command: process.execPath, args: waiting })
  sendSignal(child.guardPid, 'SIGKILL')
  await child.exited
  await expect.poll(() => isProcess(child.pid)).toBe(false)
})

test('stops the child and removes its folder when the parent is killed', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'trellis-guard-')), 'data')
  mkdirSync(folder)
  const note = `${folder}/pid`
  const parent = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { spawnGuarded } from ${JSON.stringify(modulePath)}
     import { writeFileSync } from 'node:fs'
     const child = await spawnGuarded(${JSON.stringify({ command: process.execPath, args: waiting, removeWhenDone: folder })})
     writeFileSync(${JSON.stringify(note)}, String(child.pid))`,
  ])
  await expect.poll(() => existsSync(note) && readFileSync(note, 'utf8') !== '').toBe(true)
  const pid = Number(readFileSync(note, 'utf8'))
  expect(isProcess(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isProcess(pid)).toBe(false)
  await expect.poll(() => existsSync(join(folder, '..'))).toBe(false)
})
