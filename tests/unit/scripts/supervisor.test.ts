import { expect, test } from 'vitest'
import { sendSignal, spawnGuarded } from '#scripts/provision/guarded-process.ts'
import { createSupervisor, type Service } from '#scripts/supervise/supervisor.ts'

test('restarts what ends, waiting twice as long each time, and says so', async () => {
  const said: string[] = []
  const supervisor = createSupervisor({ say: (message) => said.push(message), firstDelayMs: 20, maxDelayMs: 50 })
  await supervisor.run(program('crasher', 'process.exit(3)'))
  const restarts = (): string[] => said.filter((message) => message.includes('restarting'))
  await expect.poll(() => restarts().length).toBeGreaterThanOrEqual(4)
  await supervisor.stop()
  expect(restarts().slice(0, 4)).toEqual([
    'crasher ended with exit code 3; restarting in 0.02 s',
    'crasher ended with exit code 3; restarting in 0.04 s',
    'crasher ended with exit code 3; restarting in 0.05 s',
    'crasher ended with exit code 3; restarting in 0.05 s',
  ])
})

test('begins again with the first delay after a healthy time', async () => {
  const said: string[] = []
  const supervisor = createSupervisor({ say: (message) => said.push(message), firstDelayMs: 10, healthyAfterMs: 0 })
  await supervisor.run(program('crasher', 'process.exit(0)'))
  await expect.poll(() => said.filter((message) => message.endsWith('restarting in 0.01 s')).length).toBeGreaterThan(2)
  await supervisor.stop()
})

test('stops the last started first', async () => {
  const ended: string[] = []
  const supervisor = createSupervisor({ say: () => undefined })
  for (const name of ['postgres', 'temporal', 'api', 'worker']) {
    const process = await supervisor.run(program(name, 'setInterval(() => {}, 1000)'))
    void process.exited.then(() => ended.push(name))
  }
  await supervisor.stop()
  expect(ended).toEqual(['worker', 'api', 'temporal', 'postgres'])
})

test('stops a service that is just being restarted', async () => {
  const supervisor = createSupervisor({ say: () => undefined, firstDelayMs: 1 })
  const pids: number[] = []
  const service = program('worker', 'setInterval(() => {}, 1000)')
  const first = await supervisor.run({
    name: 'worker',
    start: async () => {
      const process = await service.start()
      pids.push(process.pid)
      return process
    },
  })
  sendSignal(first.pid, 'SIGKILL')
  await first.exited
  await new Promise((resolve) => setTimeout(resolve, 20))
  await supervisor.stop()
  expect(pids.filter((pid) => sendSignal(pid, 0))).toEqual([])
})

test('passes on that the first start failed', async () => {
  const supervisor = createSupervisor({ say: () => undefined })
  const failing = { name: 'api', start: () => Promise.reject(new Error('no such program')) }
  await expect(supervisor.run(failing)).rejects.toThrow('no such program')
  await supervisor.stop()
  await expect(supervisor.run(failing)).rejects.toThrow('"api" was not started: Trellis is stopping.')
})

function program(name: string, code: string): Service {
  return { name, start: () => spawnGuarded({ command: process.execPath, args: ['-e', code] }) }
}
