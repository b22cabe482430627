import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { compileLayout, compileMjml } from '#activities/messages/compile-mjml.ts'

const section = (inner: string): string =>
  `<mj-section>\n<mj-column>\n<mj-text>${inner}</mj-text>\n</mj-column>\n</mj-section>`

describe('MJML', () => {
  test('the compiled layout is what layout.mjml and the installed MJML make', async () => {
    const kept = await readFile(new URL('../../../activities/messages/layout.liquid', import.meta.url), 'utf8')
    expect(kept).toBe(await compileLayout())
  })

  test('a whole document is compiled alone, pieces of a body into the company’s layout', async () => {
    const whole = await compileMjml(`<mjml lang="de"><mj-body>${section('Hallo')}</mj-body></mjml>`)
    expect(whole.html).toContain('<html lang="de"')
    expect(whole.html).toContain('>Hallo</div>')
    expect(whole.html).not.toContain('company.name')
    const pieces = await compileMjml(section('Hello'))
    expect(pieces.html).toContain('>Hello</div>')
    expect(pieces.html).toContain('{{ company.name }}')
    expect(pieces.html).toContain('{{ mail.accent }}')
    expect(pieces.html).not.toContain('%content%')
  })

  test('Liquid comes through as it was written, also with quotes in an attribute and "<" in a condition', async () => {
    const body = section(
      '{% if lead.score < 5 %}<a href="{{ asset.url | append: "?a=<b>&c" }}">{{ lead.first_name | default: "you" }}</a>{% endif %}',
    )
    const { html } = await compileMjml(body)
    expect(html).toContain('{% if lead.score < 5 %}<a href="{{ asset.url | append: "?a=<b>&c" }}">')
    expect(html).toContain('{{ lead.first_name | default: "you" }}</a>{% endif %}')
  })

  test('the same text gives the same HTML', async () => {
    expect(await compileMjml(section('Hello'))).toEqual(await compileMjml(section('Hello')))
  })

  test.each([
    ['an unknown element', `${section('a')}\n<mj-foo>b</mj-foo>`, 6, /mj-foo/],
    ['an element in the wrong place', `<mj-section>\n<mj-text>a</mj-text>\n</mj-section>`, 2, /mj-text cannot be used/],
    ['an unknown attribute', section('a').replace('<mj-text>', '<mj-text colour="red">'), 3, /colour/],
    [
      'a tag left open',
      '<mj-section>\n<mj-column>\n<mj-text>a</mj-text>\n</mj-column>',
      1,
      /<mj-section> is not closed/,
    ],
    ['tags in the wrong order', '<mj-section>\n<mj-column>\n</mj-section>\n</mj-column>', 3, /closes nothing/],
    ['a file of the server', `${section('a')}\n<mj-include path="/etc/passwd" />`, 6, /mj-include is not allowed/],
    [
      'Liquid that would be dropped',
      `${section('a')}\n{% if lead.first_name %}\n${section('b')}\n{% endif %}`,
      6,
      /mj-raw/,
    ],
    [
      'a problem below an expression of several lines',
      `${section('{{ lead.first_name\n | default: "x" }}')}\n<mj-foo>b</mj-foo>`,
      7,
      /mj-foo/,
    ],
    [
      'a variable where a colour is needed',
      section('a').replace('<mj-text>', '<mj-text color="{{ lead.first_name }}">'),
      3,
      /\{\{ lead\.first_name \}\}/,
    ],
  ])('%s is a problem with the author’s line', async (_, body, line, message) => {
    const { html, problems } = await compileMjml(body)
    expect(html).toBeNull()
    expect(problems[0]).toEqual({ line, message: expect.stringMatching(message) as string })
  })
})
