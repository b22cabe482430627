/** Personal links in messages: the same delivery has the same links whenever it is rendered. */
import { createHmac } from 'node:crypto'

/** Where a personal link leads; each has its own first path segment. */
const paths = { survey: 's', question: 'q', unsubscribe: 'u', preferences: 'p' } as const
export type LinkKind = keyof typeof paths

/**
 * A link of a delivery, e.g. `https://example.org/s/AZ…`. The token is the delivery's id and an HMAC-SHA256 over it and
 * the kind (both 16 bytes, base64url): opaque, hard to forge (RFC 8058 §6), and useless for another kind of page.
 */
export function personalLink(
  { baseUrl, secret }: { baseUrl: string; secret: string },
  kind: LinkKind,
  deliveryId: string,
): string {
  const id = Buffer.from(deliveryId.replaceAll('-', ''), 'hex')
  const signature = createHmac('sha256', secret).update(`${kind}:${deliveryId}`).digest().subarray(0, 16)
  return `${baseUrl.replace(/\/$/, '')}/${paths[kind]}/${Buffer.concat([id, signature]).toString('base64url')}`
}
