/** Logos and pictures of cards, fetched when a PDF is made. */

import { refusalOf } from '../outgoing/addresses.ts'

/** Thrown when a picture cannot be had: better no PDF than cards without their picture. */
export class PictureUnreachable extends Error {
  readonly code = 'PICTURE_UNREACHABLE'

  constructor(url: string, why: string) {
    super(`The picture "${url}" cannot be used: ${why}. Cards take PNG and JPEG, of at most 15 MB.`)
    this.name = 'PictureUnreachable'
  }
}

const mostBytes = 15_000_000
const timeoutMs = 15_000

/** The bytes of a PNG or JPEG. @throws {PictureUnreachable} */
export async function fetchPicture(url: string): Promise<Buffer> {
  const refusal = await refusalOf(url)
  if (refusal !== null) throw new PictureUnreachable(url, refusal)
  let response: Response
  try {
    // A redirect could lead where the address itself may not.
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  } catch (error) {
    throw new PictureUnreachable(
      url,
      error instanceof Error && error.name === 'TimeoutError' ? 'it took too long' : 'nothing answers',
    )
  }
  if (!response.ok) throw new PictureUnreachable(url, `the server answers ${String(response.status)}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array
    size += bytes.length
    if (size > mostBytes) throw new PictureUnreachable(url, 'it is too large')
    chunks.push(bytes)
  }
  const picture = Buffer.concat(chunks)
  if (!isPng(picture) && !isJpeg(picture)) throw new PictureUnreachable(url, 'it is neither PNG nor JPEG')
  return picture
}

function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
}

function isJpeg(bytes: Buffer): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}
