import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runActivityAlone } from '#activities/testing.ts'
import { crmLookup } from '../../../examples/activities/crm-lookup.ts'

let crm: Server
let address = ''
let answer: { status: number; body?: unknown } = { status: 200 }
let asked: { url: string | undefined; id: unknown } | null = null

beforeAll(async () => {
  crm = createServer((request, response) => {
    asked = { url: request.url, id: request.headers['x-request-id'] }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body ?? {}))
  })
  await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve))
  const bound = crm.address()
  address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`
})
afterAll(() => new Promise((resolve) => crm.close(resolve)))

const lookUp = (email: string | null = 'ada@acme.example') =>
  runActivityAlone(crmLookup, { config: { address }, lead: { fields: { email } } })

test('writes the size and tells large from small', async () => {
  answer = { status: 200, body: { name: 'Acme', employees: 250 } }
  expect(await lookUp()).toMatchObject({ port: 'large', fields: { company_size: 250 }, output: { company: 'Acme' } })
  expect(asked).toEqual({ url: '/companies/acme.example', id: 'test-enrollment:test-step:1' })
  answer = { status: 200, body: { name: 'Acme', employees: 249 } }
  expect((await lookUp()).port).toBe('small')
})

test('asks nobody about private mailboxes and missing addresses', async () => {
  asked = null
  for (const email of ['ada@gmail.com', 'nobody', null]) expect((await lookUp(email)).port).toBe('unknown')
  expect(asked).toBeNull()
})

test('a company that the CRM does not know is not known', async () => {
  answer = { status: 404 }
  expect((await lookUp()).port).toBe('unknown')
})

test.each([
  [{ status: 401 }, { code: 'CRM_KEY_REFUSED', retry: false }],
  [{ status: 503 }, { code: 'CRM_UNAVAILABLE', retry: true }],
  [
    { status: 200, body: { employees: 'many' } },
    { code: 'CRM_ANSWER_UNREADABLE', retry: true },
  ],
])('says what went wrong and whether to try again: %o', async (given, expected) => {
  answer = given
  await expect(lookUp()).rejects.toMatchObject(expected)
})

test('an address without encryption is found before publishing', () => {
  const check = (at: string) =>
    crmLookup.step.check?.(crmLookup.config.parse({ address: at }), undefined as never) ?? []
  expect(check('http://crm.example').map(({ path }) => path)).toEqual([['address']])
  expect(check('https://crm.example')).toEqual([])
})
