import { describe, expect, test } from 'vitest'
import { companyProfileSchema, emptyCompanyProfile } from '#engine/company.ts'
import { graphSchema } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { emptyLibrary } from '#engine/library.ts'
import { createStepRegistry } from '#engine/steps/catalogue.ts'
import { checkMessages } from '#activities/messages/check-messages.ts'

const company = companyProfileSchema.parse({
  name: 'Tea & Co',
  postalAddress: '1 High Street\nLeeds',
  from: { email: 'hello@tea.example' },
})
const ground = { library: emptyLibrary(), registry: createStepRegistry(), company, isLive: true }

async function check(config: object, more: Partial<typeof ground> = {}, settings: object = {}) {
  const graph = graphSchema.parse({
    format: 1,
    nodes: [{ id: 'mail', type: 'send_email', config: { subject: 'Hello', body: 'Hello', ...config } }],
    edges: [],
    settings,
  })
  return checkMessages(graph, { ...ground, ...more })
}

const briefly = (issues: readonly Issue[]): string[] =>
  issues.map(({ code, severity, nodeId, path }) => [code, severity, nodeId ?? '-', path.join('.')].join(' '))

describe('what publishing says about messages', () => {
  test('a good message has no problems, and its MJML comes back compiled', async () => {
    const mjml =
      '<mj-section><mj-column><mj-text>Hi {{ lead.first_name | default: "there" }}</mj-text></mj-column></mj-section>'
    const { issues, bodies } = await check({ variants: { de: { subject: 'Hallo', body: mjml } } })
    expect(issues).toEqual([])
    expect(bodies.map(({ html }) => html.includes('Hi {{ lead.first_name | default: "there" }}'))).toEqual([true])
  })

  test.each([
    [
      'a misspelt field in a condition',
      '{% if lead.frist_name %}x{% endif %}',
      'MESSAGE_VARIABLE_UNKNOWN',
      'lead.frist_name',
    ],
    ['a misspelt field in a filter', '{{ "x" | append: lead.lst }}', 'MESSAGE_VARIABLE_UNKNOWN', 'lead.lst'],
    ['a field that assets have not', '{% assign a = asset.titel %}', 'MESSAGE_VARIABLE_UNKNOWN', 'asset.titel'],
    ['what the company has not', '{{ company.adress }}', 'MESSAGE_VARIABLE_UNKNOWN', 'company.adress'],
    ['the layout’s own words', '{{ mail.reason }}', 'MESSAGE_VARIABLE_UNKNOWN', '"mail"'],
    ['an unknown filter', '{{ lead.first_name | shout }}', 'MESSAGE_TEMPLATE_INVALID', 'shout'],
    ['an unknown tag', '{% foo %}', 'MESSAGE_TEMPLATE_INVALID', 'foo'],
    ['a tag left open', '{% if lead.first_name %}', 'MESSAGE_TEMPLATE_INVALID', 'not closed'],
    ['another file', '{% render "footer" %}', 'MESSAGE_TEMPLATE_INVALID', 'render'],
  ])('%s, in any text and any language', async (_, text, code, words) => {
    for (const [config, path] of [
      [{ subject: text }, 'subject'],
      [{ body: text }, 'body'],
      [{ body: `<a href="{{ asset.url }}${text}">x</a>` }, 'body'],
      [{ text }, 'text'],
      [{ variants: { 'de-AT': { subject: 'Servus', body: text } } }, 'variants.de-AT.body'],
    ] as const) {
      const { issues } = await check(config)
      expect(briefly(issues)).toContain(`${code} error mail ${path}`)
      expect(issues.find((issue) => issue.code === code)?.message).toContain(words)
    }
  })

  test('names a text gives itself are known, and so is whatever the entry event carried', async () => {
    const body =
      '{% assign x = lead.first_name %}{{ x }}{% for t in entry.items %}{{ t.name }}{{ forloop.index }}{% endfor %}'
    expect((await check({ body })).issues).toEqual([])
  })

  test('MJML problems stand at their body with their line', async () => {
    const { issues } = await check({
      variants: { fr: { subject: 'Bonjour', body: '<mj-section>\n<mj-foo/>\n</mj-section>' } },
    })
    expect(briefly(issues)).toEqual(['MESSAGE_MJML_INVALID error mail variants.fr.body'])
    expect(issues[0]?.message).toMatch(/^Line 2: .*mj-foo/)
  })

  test.each([
    ['<a href={{ lead.first_name }}>x</a>', 'href'],
    ['<a title=x{{ lead.first_name }} href="/">x</a>', 'title'],
    ['<p onclick="x()">x</p>', 'onclick'],
    ['<script>x</script><p>x</p>', 'script'],
    ['<a href="javascript:alert(1)">x</a>', 'javascript'],
  ])('HTML that would run or let data become markup is refused: %s', async (body, word) => {
    const { issues } = await check({ body })
    expect(briefly(issues)).toContain('MESSAGE_HTML_UNSAFE error mail body')
    expect(issues[0]?.message).toContain(word)
  })

  test.each([
    [{ subject: 'Re: our talk' }, 'MESSAGE_SUBJECT_DOUBTFUL warning mail subject'],
    [{ subject: 'READ THIS TODAY' }, 'MESSAGE_SUBJECT_DOUBTFUL warning mail subject'],
    [{ subject: 'x'.repeat(71) }, 'MESSAGE_SUBJECT_DOUBTFUL warning mail subject'],
    [{ subject: '  ' }, 'MESSAGE_SUBJECT_DOUBTFUL warning mail subject'],
    [{ body: 'See http://tea.example/offer' }, 'MESSAGE_LINK_INSECURE warning mail body'],
    [{ body: '<img src="https://tea.example/a.png">' }, 'MESSAGE_IMAGE_WITHOUT_ALT warning mail body'],
    [{ body: `<p>${'word '.repeat(20_000)}</p>` }, 'MESSAGE_TOO_LARGE warning mail body'],
    [{ purpose: 'transactional', body: 'Here is a 20% off coupon' }, 'TRANSACTIONAL_PROMOTES warning mail purpose'],
  ])('doubts are warnings: %j', async (config, expected) => {
    expect(briefly((await check(config)).issues)).toContain(expected)
  })

  test.each([
    { subject: '{{ asset.title }}', asset: 'guide' },
    { subject: 'Your order from ACME' },
    { subject: 'Regarding tea' },
    { body: '<img src="https://tea.example/a.png" alt="">' },
    { body: 'See https://tea.example/offer and http://localhost:3000/x' },
    { purpose: 'transactional', body: 'Here is the guide you asked for' },
  ])('what is fine is not doubted: %j', async (config) => {
    expect((await check(config)).issues).toEqual([])
  })

  test('without a postal address or a sender marketing mail is only published while nothing really leaves', async () => {
    const nobody = { company: emptyCompanyProfile() }
    expect(briefly((await check({}, nobody)).issues)).toEqual([
      'COMPANY_ADDRESS_MISSING error - ',
      'COMPANY_FROM_MISSING error - ',
    ])
    expect(briefly((await check({}, { ...nobody, isLive: false })).issues)).toEqual([
      'COMPANY_ADDRESS_MISSING warning - ',
      'COMPANY_FROM_MISSING warning - ',
    ])
    expect(briefly((await check({ purpose: 'transactional' }, nobody)).issues)).toEqual([
      'COMPANY_FROM_MISSING error - ',
    ])
    const own = { sender: { name: 'Ann', email: 'ann@tea.example' } }
    expect(briefly((await check({ purpose: 'transactional' }, nobody, own)).issues)).toEqual([])
    expect(briefly((await check({ purpose: 'transactional' }, nobody, { sender: 'owner' })).issues)).toEqual([
      'COMPANY_FROM_MISSING error - ',
    ])
  })
})
