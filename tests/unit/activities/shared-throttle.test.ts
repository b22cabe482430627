import { expect, test } from 'vitest'
import { createRealLanes, type RealLanesOptions } from '#activities/mailroom/real-lanes.ts'
import type { Provider } from '#activities/providers/contract.ts'

/** A mail server that takes one message in a thousand seconds; nothing is handed over here. */
function slowServer(): Provider {
  return { rates: { perSecond: 0.001, forDomain: () => null } } as unknown as Provider
}

function lanesOf(provider: Provider) {
  const options: Partial<RealLanesOptions> = {
    provider,
    batchSize: 10,
    roomAt: 5,
    health: { pauseMs: 1000, longestPauseMs: 60_000 } as never,
  }
  return createRealLanes(options as RealLanesOptions)
}

test('mails and notices that leave by one server share its rate; another server has its own', () => {
  const server = slowServer()
  const [mails, notices] = [lanesOf(server), lanesOf(server)]
  expect(mails.admission.take('example.test')).toBe(true)
  expect(notices.admission.take(null)).toBe(false)
  expect(notices.admission.isFull()).toBe(true)
  mails.admission.giveBack('example.test')
  expect(notices.admission.take(null)).toBe(true)
  expect(lanesOf(slowServer()).admission.take('example.test')).toBe(true)
})
