import { randomBytes } from 'node:crypto'
import { defaultPayloadConverter } from '@temporalio/common'
import { describe, expect, test } from 'vitest'
import { createPayloadCodec } from '#server/payload-codec.ts'

describe('the payload codec', () => {
  const codec = createPayloadCodec(randomBytes(32))
  const payload = defaultPayloadConverter.toPayload({ leadId: 'lead-17' })

  test('opens what it sealed, and what it sealed does not show', async () => {
    const [sealed] = await codec.encode([payload])
    expect(Buffer.from(sealed?.data ?? []).toString('latin1')).not.toContain('lead-17')
    const [opened] = await codec.decode([sealed ?? payload])
    expect(opened && defaultPayloadConverter.fromPayload(opened)).toEqual({ leadId: 'lead-17' })
  })

  test('passes on payloads from before the key was set', async () => {
    expect(await codec.decode([payload])).toEqual([payload])
  })

  test('refuses a payload sealed with another key', async () => {
    const sealed = await createPayloadCodec(randomBytes(32)).encode([payload])
    await expect(codec.decode(sealed)).rejects.toThrow(/authenticate/)
  })

  test('refuses a key of the wrong length', () => {
    expect(() => createPayloadCodec(randomBytes(16))).toThrow('16 bytes')
  })
})
