/**
 * The one hook for encrypting what Temporal stores. Off by default: histories hold only ids, instants and codes. With a
 * key, every payload is sealed with AES-256-GCM; all processes need the same key, and losing it loses open executions'
 * inputs (their state is in Postgres: they are started anew).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common'

const encoding = Buffer.from('binary/aes-256-gcm')
const nonceBytes = 12
const tagBytes = 16

/** @param key 32 bytes. @throws {RangeError} for any other length. */
export function createPayloadCodec(key: Buffer): PayloadCodec {
  if (key.length !== 32)
    throw new RangeError(`The payload key has ${key.length} bytes; it must have 32 (openssl rand -base64 32).`)
  return {
    encode: async (payloads) => payloads.map((payload) => seal(key, payload)),
    decode: async (payloads) => payloads.map((payload) => open(key, payload)),
  }
}

/** The converter of every client and worker of an installation: sealing with a key, Temporal's own without. */
export function createDataConverter(key: Buffer | undefined): { dataConverter?: DataConverter } {
  return key === undefined ? {} : { dataConverter: { payloadCodecs: [createPayloadCodec(key)] } }
}

function seal(key: Buffer, payload: Payload): Payload {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const plain = JSON.stringify({
    metadata: Object.fromEntries(
      Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    ),
    data: Buffer.from(payload.data ?? []).toString('base64'),
  })
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return { metadata: { encoding }, data: Buffer.concat([nonce, cipher.getAuthTag(), sealed]) }
}

/** Payloads that were written before the key was set are passed through. */
function open(key: Buffer, payload: Payload): Payload {
  const named = payload.metadata?.['encoding']
  if (named === undefined || !Buffer.from(named).equals(encoding)) return payload
  const data = Buffer.from(payload.data ?? [])
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, nonceBytes))
  decipher.setAuthTag(data.subarray(nonceBytes, nonceBytes + tagBytes))
  const plain = Buffer.concat([decipher.update(data.subarray(nonceBytes + tagBytes)), decipher.final()]).toString(
    'utf8',
  )
  const parsed = JSON.parse(plain) as { metadata: Record<string, string>; data: string }
  return {
    metadata: Object.fromEntries(
      Object.entries(parsed.metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(parsed.data, 'base64'),
  }
}
