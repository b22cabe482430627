import { afterEach, describe, expect, test } from 'vitest'
import { callWebhook } from '#activities/effects/webhook.ts'
import { allowOwnNetwork, refusalOf } from '#activities/outgoing/addresses.ts'

afterEach(() => allowOwnNetwork(true))

const metadata = [
  'http://169.254.169.254/latest/meta-data',
  'http://[fe80::1]/',
  'http://0.0.0.0/',
  'http://[::ffff:a9fe:a9fe]/',
]
const neighbours = [
  'http://127.0.0.1:9/',
  'http://10.1.2.3/',
  'http://192.168.0.9/',
  'http://[::1]/',
  'http://[fd00::1]/',
  'http://localhost/',
]

describe('addresses people typed in', () => {
  test('are never link-local, however they are written', async () => {
    for (const url of [...metadata, 'http://0xa9fea9fe/', 'http://2852039166/']) {
      expect(await refusalOf(url)).toMatch(/never called/)
    }
  })

  test('may be neighbours unless the installation says no', async () => {
    for (const url of neighbours) expect(await refusalOf(url)).toBeNull()
    allowOwnNetwork(false)
    for (const url of neighbours) expect(await refusalOf(url)).toMatch(/own network/)
    expect(await refusalOf('http://93.184.216.34/')).toBeNull()
  })

  test('a webhook to one that is refused is not called, and not tried again', async () => {
    const call = { id: 'a', signal: new AbortController().signal }
    expect(await callWebhook('http://169.254.169.254/', '{}', null, call)).toMatchObject({
      status: null,
      isRefused: true,
    })
  })
})
