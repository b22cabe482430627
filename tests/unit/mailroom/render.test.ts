import { describe, expect, test } from 'vitest'
import { companyProfileSchema } from '#engine/company.ts'
import { emptyLibrary, formSchema, type Library } from '#engine/library.ts'
import type { FieldValue } from '#engine/facts.ts'
import { escapeHtml } from '#activities/mailroom/message-text.ts'
import { mjmlOf } from '#activities/messages/mjml-store.ts'
import { createRenderer, type RenderInput } from '#activities/mailroom/render.ts'
import type { RenderError } from '#activities/mailroom/template.ts'

const deliveryId = '01890a5d-ac96-774b-bcce-b302099a8057'
const options = { baseUrl: 'https://nurture.example.org', secret: 'a secret of at least thirty-two characters' }
const render = createRenderer(options)

const library: Library = {
  ...emptyLibrary(),
  fields: { course: { key: 'course', label: 'Course', type: 'text' } },
  assets: {
    guide: {
      key: 'guide',
      title: 'Tea & <Sympathy>',
      kind: 'educational',
      format: 'article',
      url: 'https://cdn.example.org/guide.pdf?a=1&b=2',
      topics: [],
      stages: [],
      commitment: 1,
    },
  },
  surveys: {
    why: {
      key: 'why',
      title: 'Why not?',
      intro: '',
      questions: [{ id: 'reason', text: 'What was it?', type: 'text', required: false }],
    },
  },
}

const company = companyProfileSchema.parse({
  name: 'Tea & Co',
  postalAddress: '1 High Street\nLeeds LS1 1AA\nUnited Kingdom',
  from: { name: '', email: 'hello@tea.example' },
  privacyUrl: 'https://tea.example/privacy',
})

/** What a message has beside its content and its lead. */
const common = {
  deliveryId,
  channel: 'email',
  purpose: 'nurture',
  stepId: 'mail',
  isTest: false,
  isLive: false,
  entry: {},
  journey: { key: 'sampler', name: 'Friday sampler' },
  library,
  company,
  // Links as the author wrote them; tracked ones have tests of their own.
  settings: { trackLinks: false },
  owner: null,
  mjml: new Map(),
} as const

function message(
  content: RenderInput['content'],
  more: Partial<RenderInput> = {},
  fields: Record<string, FieldValue> = {},
) {
  return render({
    ...common,
    content,
    lead: { id: 'lead-1', fields: { email: 'ada@example.org', first_name: 'Ada', ...fields } },
    ...more,
  })
}

function codeOf(make: () => unknown): string {
  try {
    make()
    return 'rendered'
  } catch (error) {
    return (error as RenderError).code
  }
}

describe('rendering a message', () => {
  test('turns plain paragraphs into HTML with a link to the asset, and keeps a plain part', () => {
    const result = message({
      subject: 'For you: {{ asset.title }}',
      body: 'Hello {{ lead.first_name }},\n\nthis may help: {{ asset.title }}\n{{ asset.url }}\n',
      assetKey: 'guide',
    })
    expect(result.subject).toBe('For you: Tea & <Sympathy>')
    expect(result.html).toContain('<p>Hello Ada,</p>')
    expect(result.html).toContain('this may help: Tea &amp; &lt;Sympathy&gt;<br>')
    expect(result.html).toContain('<a href="https://cdn.example.org/guide.pdf?a=1&amp;b=2">')
    expect(result.plain).toContain('this may help: Tea & <Sympathy>\nhttps://cdn.example.org/guide.pdf?a=1&b=2')
  })

  test.each([
    ['an HTML body', '<p>Hello {{ lead.first_name }}</p>'],
    ['a plain body', 'Hello {{ lead.first_name }}'],
  ])('never takes a lead’s own data for a template or for markup: %s', (_, body) => {
    const evil = '{{ 7*7 }}{% include "x" %}<script>alert(1)</script>"\' &'
    const { html, subject } = message({ subject: 'Dear {{ lead.first_name }}', body }, {}, { first_name: evil })
    expect(html).toContain('{{ 7*7 }}{% include &#34;x&#34; %}&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39; &amp;')
    expect(html).not.toContain('<script')
    expect(subject).toBe(`Dear ${evil}`)
  })

  test.each([
    ['template code', '{% {% endrawendraw %}{{ 7 | times: 7 }}{% raw %} {{ lead.first_name }}'],
    ['HTML', '<a href="https://evil.example">Sign in</a> <mjml> https://evil.example [here](https://evil.example)'],
    ['malformed Liquid', '{% if {{ | {% endraw %} {%'],
  ])('a verbatim notice shows %s as it was written', (_, written) => {
    const ours = 'https://nurture.example.org/tasks?task=1'
    const content = {
      subject: `Re:\r\nBcc: x ${written}`,
      body: `${written}\n\n${ours}`,
      to: 'ada@company.example',
      verbatim: { links: [ours] },
    }
    const { html, plain, subject, headers } = message(content, { channel: 'notification', purpose: 'internal' })
    expect(headers['Message-ID']).toMatch(/^<[0-9a-f-]{36}@/)
    expect(mjmlOf(content)).toEqual([])
    expect(subject).toBe(`Re: Bcc: x ${written}`)
    expect(plain).toBe(content.body)
    expect(html).toBe(`<p>${escapeHtml(written)}</p>\n<p><a href="${ours}">${ours}</a></p>`)
  })

  test('a name with a web address does not become a link', () => {
    const { html } = message(
      { body: 'Hello {{ lead.first_name }}, see https://ours.example' },
      {},
      { first_name: 'https://evil.example' },
    )
    expect(html).not.toContain('href="https://evil.example"')
    expect(html).toContain('<a href="https://ours.example">')
  })

  test('line breaks in data cannot begin a new header', () => {
    const { subject } = message(
      { subject: 'Hi {{ lead.first_name }}', body: 'x' },
      {},
      { first_name: 'Ada\r\nBcc: all@example.org' },
    )
    expect(subject).toBe('Hi Ada Bcc: all@example.org')
  })

  test.each([
    'ada@example.org\r\nBcc: all@example.org',
    'ada@example.org, bob@example.org',
    'Ada <ada@example.org>',
    'ada',
    'a b@example.org',
  ])('an address that is not one plain address is refused: %j', (email) => {
    expect(codeOf(() => message({ body: 'x' }, {}, { email }))).toBe('ADDRESS_INVALID')
  })

  test('a misspelt variable is an error that names it, and never the data of the lead', () => {
    expect(codeOf(() => message({ body: 'Hello {{ lead.frist_name }}' }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
    expect(() => message({ body: 'Hello {{ lead.frist_name }}' })).toThrow(/frist_name/)
    expect(() => message({ body: 'Hello {{ lead.frist_name }}' })).not.toThrow(/ada@example/)
    expect(codeOf(() => message({ body: 'See {{ asset.url }}' }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
    expect(codeOf(() => message({ subject: '{{ nobody }}', body: 'x' }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
  })

  test('a field that is only unknown about this lead is blank, and may have a default', () => {
    expect(message({ body: 'Hello {{ lead.last_name }}!' }).html).toContain('<p>Hello !</p>')
    expect(message({ body: 'Hello {{ lead.course | default: "there" }}!' }).html).toContain('<p>Hello there!</p>')
    expect(message({ body: 'On {{ entry.course | default: "it" }}' }, { entry: {} }).html).toContain('On it')
    expect(message({ body: 'On {{ entry.course }}' }, { entry: { course: 'Go' } }).html).toContain('On Go')
  })

  test.each([
    ['an unknown filter', '{{ lead.first_name | shout }}'],
    ['an unclosed tag', '{% if lead.first_name %}'],
    ['a file', '{% include "/etc/passwd" %}'],
    ['a file through render', '{% render "../../package.json" %}'],
    ['an endless loop', '{% for i in (1..100000000) %}x{% endfor %}'],
  ])('a template with %s fails instead of going out', (_, body) => {
    expect(codeOf(() => message({ body }))).toBe('TEMPLATE_INVALID')
  })

  test('nothing of the running program can be read through a variable', () => {
    expect(codeOf(() => message({ body: '{{ lead.constructor }}' }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
    expect(codeOf(() => message({ body: '{{ lead.__proto__.toString }}' }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
  })

  test('content that was taken out of the library fails with its name', () => {
    expect(() => message({ body: 'x', assetKey: 'gone' })).toThrow(/"gone"/)
    expect(codeOf(() => message({ body: 'x', surveyKey: 'gone' }))).toBe('CONTENT_MISSING')
    expect(codeOf(() => message({ body: 'x', surveyKey: 'why', questionId: 'gone' }))).toBe('CONTENT_MISSING')
    expect(codeOf(() => message({ body: 'x', assetKey: 'constructor' }))).toBe('CONTENT_MISSING')
  })

  test('links are personal, the same each time, and differ by purpose and delivery', () => {
    const body = '{{ survey.url }} {{ question.url }} {{ unsubscribe_url }} {{ preferences_url }} {{ link }}'
    const content = { body, surveyKey: 'why', questionId: 'reason' }
    const first = message(content)
    expect(message(content)).toEqual(first)
    // The first five are the body's, those of the footer come after them.
    const urls = first.plain.match(/https:\S+/g)?.slice(0, 5) ?? []
    expect(new Set(urls).size).toBe(4)
    expect(urls[0]).toMatch(/^https:\/\/nurture\.example\.org\/s\/[\w-]{43,}$/)
    expect(urls[4]).toBe(urls[1])
    const tokens = urls.map((url) => url.split('/').at(-1))
    expect(new Set(tokens).size).toBe(4)
    const other = createRenderer({ ...options, secret: 'another secret of at least thirty-two characters' })
    const forged = other({ ...common, content, lead: { id: 'lead-1', fields: { email: 'ada@example.org' } } })
    expect(forged.plain).not.toContain(tokens[0])
  })

  test('forms have a personal address each', () => {
    const fields = [{ id: 'email', text: 'Email', type: 'email' as const, field: 'email' }]
    const form = formSchema.parse({ key: 'site-visit', title: 'Visit', fields })
    const body = 'Come: {{ forms.site-visit }}'
    const { plain } = message({ body }, { library: { ...library, forms: { 'site-visit': form } } })
    expect(plain).toMatch(/Come: https:\/\/nurture\.example\.org\/f\/[\w-]{43,}/)
    expect(codeOf(() => message({ body }))).toBe('TEMPLATE_VARIABLE_UNKNOWN')
  })

  test('marketing mail can be left by a link and by one click; a thank-you needs neither', () => {
    const marketing = message({ body: 'Hello' })
    const link = /<(https:[^>]+\/u\/[^>]+)>/.exec(marketing.headers['List-Unsubscribe'] ?? '')?.[1]
    expect(marketing.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
    expect(marketing.html).toContain(`href="${String(link)}"`)
    const own = message({ body: 'Stop here: {{ unsubscribe_url }}' })
    expect(own.html.split('/u/')).toHaveLength(3)
    const thanks = message({ body: 'Thank you' }, { purpose: 'transactional' })
    expect(Object.keys(thanks.headers).filter((name) => /^List-|^Precedence$/.test(name))).toEqual([])
    expect(thanks.headers['Auto-Submitted']).toBe('auto-generated')
    expect(thanks.html).not.toContain('/u/')
    // An author who offers the link wants the mail program's own button, too.
    const leavable = message({ body: 'Thank you. {{ unsubscribe_url }}' }, { purpose: 'transactional' })
    expect(leavable.headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
  })

  test('a postcard goes to the postal address, a notice to the colleague', () => {
    const postal = {
      last_name: 'Lovelace',
      address_line1: '1 Road',
      city: 'Town',
      postal_code: 'LS1 1AA',
      country: 'GB',
    }
    expect(message({ body: 'Hello' }, { channel: 'postcard' }, postal).to).toBe(
      'Ada Lovelace\n1 Road\nTown\nLS1 1AA\nUNITED KINGDOM',
    )
    const notice = message(
      { body: 'Look', to: 'sales' },
      { channel: 'notification', purpose: 'internal' },
      { email: null },
    )
    expect(notice.to).toBe('sales')
  })
})
