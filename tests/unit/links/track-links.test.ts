import { expect, test } from 'vitest'
import { readToken } from '#activities/links/token.ts'
import { trackLinks } from '#activities/links/track-links.ts'

const links = { baseUrl: 'https://leads.example.org', secret: 'a secret of at least thirty-two characters' }
const deliveryId = '0199a7e0-0000-7000-8000-000000000001'
const track = (html: string, honeypot = false): string => trackLinks(html, { links, deliveryId, honeypot })

/** Where the links of some HTML lead, tracked ones unfolded. */
function targets(html: string): string[] {
  return [...html.matchAll(/href="([^"]*)"/gi)].map(([, url = '']) => {
    const token = url.startsWith(`${links.baseUrl}/c/`) ? url.slice(`${links.baseUrl}/c/`.length) : null
    if (token === null) return url
    const read = readToken(links, 'click', token, 0)
    return read.ok && read.content.id === deliveryId ? `tracked ${read.content.subject}` : 'forged'
  })
}

test('web links are rewritten and lead where they led, character references and odd letters included', () => {
  const html = `<p><a href="https://example.com/a?x=1&amp;y=2#z">A</a> <A class='b' HREF='http://exämple.com/ü?q=%20&#39;'>B</A></p>`
  expect(targets(track(html))).toEqual([
    'tracked https://example.com/a?x=1&y=2#z',
    "tracked http://exämple.com/ü?q=%20'",
  ])
  expect(track(html)).toBe(track(html))
})

test('our own pages, other schemes, fragments, links marked so and what is too long stay as they are', () => {
  const long = `https://example.com/${'a'.repeat(2000)}`
  const html = [
    `<a href="https://leads.example.org/u/token">leave</a>`,
    `<a href="mailto:a@example.com">mail</a>`,
    `<a href="#top">top</a>`,
    `<a data-track="off" href="https://example.com/off">off</a>`,
    `<a href="${long}">long</a>`,
    `<a href="javascript:alert(1)">no</a>`,
    `<link href="https://example.com/style.css"><img src="https://example.com/a.png">`,
  ].join('\n')
  expect(track(html)).toBe(html)
})

test('somebody else’s address that begins like ours is tracked', () => {
  expect(targets(track('<a href="https://leads.example.org.evil.test/u/x">x</a>'))).toEqual([
    'tracked https://leads.example.org.evil.test/u/x',
  ])
})

test('the honeypot is the last link of the body, and nobody sees or reaches it', () => {
  const html = track('<html><body><p>Hello</p></body></html>', true)
  expect(targets(html)).toEqual(['tracked '])
  expect(html).toMatch(/display:none[^>]*aria-hidden="true" tabindex="-1">[^<]*<\/a><\/body>/)
})
