import { expect, test } from 'vitest'
import { formatLogLine } from '#scripts/supervise/log-line.ts'

test('a JSON log line is shown as words, without what every line repeats', () => {
  const line = { level: 40, time: 1, pid: 7, hostname: 'h', name: 'api', status: 503, leadId: 'L1', msg: 'request' }
  expect(formatLogLine(JSON.stringify(line))).toBe('WARN request status=503 leadId=L1')
})

test('an error is shown with its message', () => {
  expect(formatLogLine('{"level":50,"msg":"The turn failed","err":{"message":"no table"}}')).toBe(
    'ERROR The turn failed no table',
  )
})

test('any other line stays as it is', () => {
  for (const line of ['plain words', '{"level":', '']) expect(formatLogLine(line)).toBe(line)
})
