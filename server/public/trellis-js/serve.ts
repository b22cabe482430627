/** Serves trellis.js to the company's website: cached, revalidated by its content, loadable from any origin. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Router } from 'express'
import { contextOf } from '../../middleware/request-context.ts'

/** An hour: a fix is everywhere soon, and a visitor loads it once. */
const maxAgeSeconds = 3600

export function trellisScript(): Router {
  const router = Router({ caseSensitive: true })
  const source = readFileSync(new URL('trellis.js', import.meta.url), 'utf8')
  const packed = gzipSync(source, { level: 9 })
  const etag = `"${createHash('sha256').update(source).digest('base64url').slice(0, 22)}"`
  router.get('/trellis.js', (request, response) => {
    contextOf(response).route = '/trellis.js'
    response.set({
      'Cache-Control': `public, max-age=${String(maxAgeSeconds)}`,
      ETag: etag,
      Vary: 'Accept-Encoding',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    })
    const known = (request.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    if (known.includes(etag)) response.status(304).end()
    else if (request.acceptsEncodings('gzip') === 'gzip') {
      response.set('Content-Encoding', 'gzip').type('text/javascript; charset=utf-8').send(packed)
    } else response.type('text/javascript; charset=utf-8').send(source)
  })
  return router
}
