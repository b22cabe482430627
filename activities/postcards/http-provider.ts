/** A print-and-mail service by HTTP. What it must speak is documented in docs/postcards.md; adapters of few lines fit others. */
import { buffer } from 'node:stream/consumers'
import { addressLines } from '#engine/postal.ts'
import type { CompanyProfile } from '#engine/company.ts'
import type { Provider, RenderedMessage, SendResult } from '../providers/contract.ts'
import { cardsPdf } from './card-pdf.ts'
import { fetchPicture, PictureUnreachable } from './pictures.ts'

export interface HttpPostcardOptions {
  url: string
  /** Sent as `Authorization: Bearer …`. */
  apiKey?: string | undefined
  company: () => Promise<CompanyProfile>
  /** @default 30000 */
  timeoutMs?: number
}

/** Answers longer than this are cut: an id is short. */
const longestAnswer = 100_000

/**
 * One request per card, `Idempotency-Key` = the delivery's id, the same on every attempt.
 *
 * | answer | means |
 * |---|---|
 * | 200, 201, 202, 409 with `{ "id": … }` | accepted; 409 says that it had been before |
 * | 400, 404, 410, 413, 415, 422 | refused for good |
 * | 401, 403, 407, refused connection, unknown host, no valid certificate | the service cannot be used now: nothing was offered |
 * | 408, 425, 429, 503 | not now: tried again |
 * | any other answer, one without an id, a connection that breaks or stalls | unknown: waits for a person, since it may be printed |
 */
export function createHttpPostcardProvider(options: HttpPostcardOptions): Provider {
  return {
    name: `postcards by ${new URL(options.url).hostname}`,
    batchSize: 1,
    concurrency: 4,
    send: (messages) => Promise.all(messages.map((message) => sendCard(options, message))),
  }
}

async function sendCard(options: HttpPostcardOptions, message: RenderedMessage): Promise<SendResult> {
  const { deliveryId } = message
  let body: string
  try {
    body = JSON.stringify(await toRequest(message, await options.company()))
  } catch (error) {
    const isPicture = error instanceof PictureUnreachable
    const reason = error instanceof Error ? error.message : String(error)
    return { deliveryId, outcome: isPicture ? 'temporary' : 'permanent', reason: `card_unmakeable: ${reason}` }
  }
  try {
    const response = await fetch(options.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': deliveryId,
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      },
      body,
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
    })
    const text = (await response.text()).slice(0, longestAnswer)
    return classify(deliveryId, response.status, text)
  } catch (error) {
    return wasNeverReached(error)
      ? { deliveryId, outcome: 'unavailable', reason: `unreachable: ${codeOf(error) ?? 'no answer'}` }
      : { deliveryId, outcome: 'unknown', reason: `broken_off: ${codeOf(error) ?? 'the call broke off'}` }
  }
}

/** What the service gets: the parts for those that lay cards out themselves, and the finished PDF for those that do not. */
async function toRequest({ deliveryId, card }: RenderedMessage, company: CompanyProfile) {
  if (card === undefined) throw new TypeError('The message is no postcard.')
  const logo = company.logoUrl === undefined ? null : await fetchPicture(company.logoUrl)
  const images = new Map(card.image === undefined ? [] : [[card.image, await fetchPicture(card.image)]])
  const pdf = cardsPdf([card], { company, logo, images, isProof: false, title: deliveryId })
  return {
    reference: deliveryId,
    size: '6x4',
    to: { ...card.to, lines: addressLines(card.to) },
    from: { name: company.name, address: company.postalAddress },
    headline: card.headline,
    message: card.message,
    link: card.link ?? null,
    pdf: (await buffer(pdf)).toString('base64'),
  }
}

const permanent: ReadonlySet<number> = new Set([400, 404, 410, 413, 415, 422])
const unavailable: ReadonlySet<number> = new Set([401, 403, 407])
const temporary: ReadonlySet<number> = new Set([408, 425, 429, 503])

function classify(deliveryId: string, status: number, text: string): SendResult {
  const reason = `http_${String(status)}: ${text.slice(0, 300)}`
  if ((status >= 200 && status < 300) || status === 409) {
    const id = idIn(text)
    if (id !== null) return { deliveryId, outcome: 'accepted', providerId: id }
    return { deliveryId, outcome: 'unknown', reason: `${reason} (no "id" in the answer)` }
  }
  if (permanent.has(status)) return { deliveryId, outcome: 'permanent', reason }
  if (unavailable.has(status)) return { deliveryId, outcome: 'unavailable', reason }
  return { deliveryId, outcome: temporary.has(status) ? 'temporary' : 'unknown', reason }
}

function idIn(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('id' in value)) return null
    const { id } = value
    return (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id).slice(0, 200) : null
  } catch {
    return null
  }
}

/** Errors before a byte of the request can have been read by anybody. */
const beforeRequest: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function wasNeverReached(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && beforeRequest.has(code)
}

function codeOf(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
    if (cause.name === 'TimeoutError') return 'TIMEOUT'
  }
  return null
}
