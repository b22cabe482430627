import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { companyProfileSchema, type CompanyProfile } from '#engine/company.ts'
import type { FieldValue } from '#engine/facts.ts'
import { emptyLibrary } from '#engine/library.ts'
import { chooseText } from '#engine/steps/message-variants.ts'
import { createRenderer, type RenderInput } from '#activities/mailroom/render.ts'
import { compileMjml } from '#activities/messages/compile-mjml.ts'
import type { RenderedMessage } from '#activities/providers/contract.ts'

const options = { baseUrl: 'https://nurture.example.org', secret: 'a secret of at least thirty-two characters' }
const render = createRenderer(options)
const company = companyProfileSchema.parse({
  name: 'Tea & Co',
  postalAddress: '1 High Street\nLeeds LS1 1AA',
  from: { name: '', email: 'hello@xn--ta-via.example' },
  replyTo: { name: 'Office', email: 'office@tea.example' },
  privacyUrl: 'https://tea.example/privacy',
  accentColour: '#ffee00',
})
const library = { ...emptyLibrary(), fields: { site: { key: 'site', label: 'Site', type: 'text' as const } } }

function mail(
  content: RenderInput['content'],
  fields: Record<string, FieldValue> = {},
  more: Partial<RenderInput> = {},
): RenderedMessage {
  return render({
    deliveryId: '01890a5d-ac96-774b-bcce-b302099a8057',
    channel: 'email',
    purpose: 'nurture',
    stepId: 'step 1',
    content,
    isTest: false,
    isLive: true,
    lead: { id: 'lead-1', fields: { email: 'ada@example.org', first_name: 'Ada', ...fields } },
    entry: {},
    journey: { key: 'sampler', name: 'Friday sampler' },
    library,
    company,
    settings: { trackLinks: false },
    owner: null,
    mjml: new Map(),
    ...more,
  })
}

const unsubscribe = (message: RenderedMessage): string =>
  /<(https:[^>]+)>/.exec(message.headers['List-Unsubscribe'] ?? '')?.[1] ?? 'none'

describe('the layout of a mail', () => {
  test('says who, where and why, in both parts, and how to leave', () => {
    const message = mail({ subject: 'Hi', body: 'Hello' }, {}, { settings: { because: 'You came to our tasting.' } })
    for (const words of ['You came to our tasting.', '1 High Street, Leeds LS1 1AA', 'https://tea.example/privacy']) {
      expect(message.html).toContain(words)
      expect(message.plain).toContain(words)
    }
    expect(message.html).toContain('Tea &amp; Co')
    expect(message.plain).toContain(`Unsubscribe: ${unsubscribe(message)}`)
    expect(message.html).toContain(`href="${unsubscribe(message)}"`)
    expect(message.html).toMatch(/<html lang="en" dir="ltr"/)
    expect(message.html).toContain('<title>Hi</title>')
  })

  test('has the company’s colour, made readable: yellow on white is darkened', () => {
    const { html } = mail({ subject: 'Hi', body: '[Read](https://tea.example/a)' })
    expect(html).toMatch(
      /<p><a class="button" style="background:#807700;[^"]*color:#ffffff[^"]*" href="https:\/\/tea\.example\/a">Read<\/a><\/p>/,
    )
    const link = /\.copy a \{\s*color: (#[0-9a-f]{6})/.exec(html)?.[1]
    expect(link).toMatch(/^#[0-9a-f]{6}$/)
    expect(link).not.toBe('#ffee00')
    expect(html).not.toContain('{{')
  })

  test.each([
    ['a whole HTML page', '<!doctype html><html><body><p>Hello</p></body></html>'],
    ['a page without an end', '<html><p>Hello</p>'],
  ])('%s of the author’s own is completed with the address and the link, once', (_, body) => {
    const message = mail({ subject: 'Hi', body })
    expect(message.html).toContain('1 High Street, Leeds LS1 1AA')
    expect(message.html.split(unsubscribe(message))).toHaveLength(2)
    const own = `<html><body>{{ company.postal_address }} <a href="{{ unsubscribe_url }}">stop</a></body></html>`
    expect(mail({ subject: 'Hi', body: own }).html).not.toContain('contentinfo')
    const transactional = mail({ subject: 'Hi', body }, {}, { purpose: 'transactional' })
    expect(transactional.html).toBe(body)
  })

  test('compiled MJML is filled per lead; a text that was never compiled is not sent', async () => {
    const body = '<mj-section><mj-column><mj-text>Hi {{ lead.first_name }}</mj-text></mj-column></mj-section>'
    const { html } = await compileMjml(body)
    const message = mail({ subject: 'Hi', body }, { first_name: '<b>' }, { mjml: new Map([[body, html ?? '']]) })
    expect(message.html).toContain('Hi &lt;b&gt;')
    expect(message.html.split(unsubscribe(message))).toHaveLength(2)
    expect(message.plain).toContain('Hi <b>')
    expect(message.plain.split(unsubscribe(message))).toHaveLength(2)
    expect(message.plain).toContain('1 High Street, Leeds LS1 1AA')
    expect(() => mail({ subject: 'Hi', body })).toThrow(/not compiled/)
  })

  test('the plain part is made from the HTML, or is the author’s own; headings keep their case', () => {
    const body =
      '<h1>Hello {{ lead.first_name }}</h1><p>See <a href="https://tea.example/a">this</a> <img src="https://tea.example/i.png" alt="A cup"></p>'
    const { plain } = mail({ subject: 'Hi', body })
    expect(plain).toContain('Hello Ada')
    expect(plain).toContain('See this (https://tea.example/a) A cup')
    const own = mail({ subject: 'Hi', body, text: 'Just {{ lead.first_name }}: [this](https://tea.example/a)' }).plain
    expect(own).toContain('Just Ada: this (https://tea.example/a)')
    expect(own).toContain('Unsubscribe: https://')
  })
})

describe('what leads say of themselves', () => {
  test.each([
    'javascript:alert(1)',
    'JaVa\tScRiPt:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>x</script>',
    'vbscript:x',
  ])('is no program in a link: %j', (site) => {
    const { html } = mail({ subject: 'Hi', body: '<a href="{{ lead.site }}">site</a>' }, { site })
    expect(html).toContain('<a href="#">site</a>')
  })

  test.each(['https://ada.example/?a=1&b=2', 'mailto:ada@example.org', 'ada.example/page', ''])(
    'stays a link where it is one: %j',
    (site) => {
      const { html } = mail({ subject: 'Hi', body: '<a href="{{ lead.site }}">site</a>' }, { site })
      expect(html).toContain(`<a href="${site.replaceAll('&', '&amp;')}">site</a>`)
    },
  )

  test('makes no link and no button out of a plain text', () => {
    const site = '[Click](https://evil.example/x)'
    const { html, plain } = mail({ subject: 'Hi', body: 'Your site:\n\n{{ lead.site }}' }, { site })
    expect(html).toContain('<p>[Click](https://evil.example/x)</p>')
    expect(plain).toContain(site)
  })

  test.each(['{{ lead.first_name | raw }}', '{% echo lead.first_name | raw %}', "{% cycle lead.first_name, 'b' %}"])(
    'is escaped whatever the author calls it: %s',
    (body) => {
      expect(mail({ subject: 'Hi', body: `<p>${body}</p>` }, { first_name: '<i>&' }).html).toContain('&lt;i&gt;&amp;')
    },
  )

  test('is never markup, never template and never a header, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.string({
            unit: fc.constantFrom(
              '{{',
              '}}',
              '{%',
              '%}',
              '<',
              '>',
              '"',
              "'",
              '&',
              '\r\n',
              '\uE000',
              '1',
              'x',
              ' ',
              '](',
              'http://a.b/',
              '%content%',
            ),
            maxLength: 12,
          }),
        ),
        (name) => {
          const bodies = [
            'Dear {{ lead.first_name }}!',
            '<p title="{{ lead.first_name }}">Dear {{ lead.first_name }}!</p>',
          ]
          for (const body of bodies) {
            const plainly = mail({ subject: 'S', body }, { first_name: '' })
            const message = mail({ subject: 'For {{ lead.first_name }}', body }, { first_name: name })
            expect(message.subject).not.toMatch(/\p{Cc}/u)
            expect(Object.values(message.headers).join('')).not.toMatch(/\p{Cc}/u)
            // As many tags as without a name: nothing in it became one.
            expect(message.html.split('<').length).toBe(
              plainly.html.split('<').length + (body.startsWith('<') ? 0 : breaks(name)),
            )
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})

/** Line breaks in a plain text are `<br>`, blank lines part paragraphs (two tags). */
function breaks(name: string): number {
  const text = `Dear ${name}!`.replaceAll(/\r\n?/g, '\n')
  const paragraphs = text
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return paragraphs.reduce((sum, part) => sum + part.split('\n').length - 1, 0) + (paragraphs.length - 1) * 2
}

describe('the sender', () => {
  const from = (
    settings: RenderInput['settings'],
    owner: RenderInput['owner'] = null,
    of: CompanyProfile = company,
  ) => {
    const message = mail({ subject: 'Hi', body: 'x' }, {}, { settings, owner, company: of })
    return [message.from, message.replyTo, message.headers['Message-ID']]
  }
  const ann = { name: 'Ann', email: 'ann@sales.example' }
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'

  test('is the company, the lead’s owner or the journey’s own; the Message-ID is on its domain and always the same', () => {
    const own = [{ name: 'Tea & Co', email: 'hello@xn--ta-via.example' }, company.replyTo, `<${id}@xn--ta-via.example>`]
    expect(from({})).toEqual(own)
    expect(from({ sender: 'owner' })).toEqual(own)
    expect(from({ sender: 'owner' }, ann)).toEqual([ann, undefined, `<${id}@sales.example>`])
    expect(from({ sender: ann, replyTo: { name: '', email: 'x@y.example' } })).toEqual([
      ann,
      { name: '', email: 'x@y.example' },
      `<${id}@sales.example>`,
    ])
  })

  test('marketing says what list it is, once each, by https; nothing else pretends to be one', () => {
    const { headers } = mail({ subject: 'Hi', body: 'x' }, { language: 'de-CH' })
    expect(headers).toEqual({
      'Message-ID': `<${id}@xn--ta-via.example>`,
      'Content-Language': 'en',
      'List-Unsubscribe': expect.stringMatching(/^<https:\/\/nurture\.example\.org\/u\/[\w-]+>$/) as string,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'List-Id': '<sampler.xn--ta-via.example>',
      Precedence: 'bulk',
      'Feedback-ID': 'sampler:step-1:nurture:xn--ta-via-exam',
    })
  })

  test('real marketing needs a postal address and https; this machine and the built-in mailbox do not', () => {
    const nowhere = { company: companyProfileSchema.parse({}) }
    const content = { subject: 'Hi', body: 'x' }
    expect(() => mail(content, {}, nowhere)).toThrow(/postal address/)
    expect(mail(content, {}, { ...nowhere, isLive: false }).html).toContain('x')
    expect(mail(content, {}, { ...nowhere, purpose: 'transactional' }).html).toContain('x')
    const input = { content, lead: { id: 'l', fields: { email: 'a@b.example' } } }
    const at = (baseUrl: string) => () =>
      createRenderer({ ...options, baseUrl })({
        ...input,
        deliveryId: id,
        channel: 'email',
        purpose: 'nurture',
        stepId: 's',
        isTest: false,
        isLive: true,
        entry: {},
        journey: { key: 'j', name: 'J' },
        library,
        company,
        settings: {},
        owner: null,
        mjml: new Map(),
      })
    expect(at('http://nurture.example.org')).toThrow(/https/)
    expect(at('http://localhost:3000')().headers['List-Unsubscribe']).toMatch(/^<http:\/\/localhost:3000\/u\//)
  })
})

describe('languages', () => {
  const content = {
    subject: 'Hello',
    body: 'Hello',
    variants: {
      de: { subject: 'Hallo', body: 'Hallo' },
      'de-AT': { subject: 'Servus', body: 'Servus' },
      fr: { subject: 'Salut', body: 'Salut' },
    },
  }
  test.each([
    ['de', 'en', 'Hallo', 'de'],
    ['de-AT', 'en', 'Servus', 'de-AT'],
    ['DE_at', 'en', 'Servus', 'de-AT'],
    ['de-CH', 'en', 'Hallo', 'de'],
    ['it', 'en', 'Hello', 'en'],
    ['it', 'fr', 'Salut', 'fr'],
    ['it', 'fr-CA', 'Hello', 'fr-CA'],
    [null, 'de-DE', 'Hello', 'de-DE'],
    ['', 'en', 'Hello', 'en'],
  ])('a lead that reads %s, of a company that writes %s, gets “%s”', (lead, own, subject, language) => {
    expect(chooseText(content, lead, own)).toMatchObject({ subject, language })
  })

  test('the layout speaks it, too', () => {
    const message = mail({ ...content }, { language: 'de-AT' })
    expect(message.html).toContain('lang="de-AT"')
    expect(message.html).toContain('Abmelden')
    expect(message.plain).toContain('Sie erhalten dies')
  })
})
