import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const source = readFileSync(new URL('../../../server/public/trellis-js/trellis.js', import.meta.url), 'utf8')

test('trellis.js is under 3 KB as a browser loads it', () => {
  expect(gzipSync(source).length).toBeLessThan(3 * 1024)
})

test('any website may load it, keeps it for an hour, and asks again by its content', async () => {
  const first = await app.request.get('/trellis.js').set('Origin', 'https://www.company.example')
  expect(first.status).toBe(200)
  expect(first.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'content-encoding': 'gzip',
    'cache-control': 'public, max-age=3600',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  })
  const etag = String(first.headers['etag'])
  expect((await app.request.get('/trellis.js').set('If-None-Match', `W/${etag}, "x"`)).status).toBe(304)
  expect((await app.request.get('/trellis.js').set('If-None-Match', '"other"')).status).toBe(200)
  expect((await app.request.get('/trellis.js').set('Accept-Encoding', 'identity')).text).toBe(source)
})
