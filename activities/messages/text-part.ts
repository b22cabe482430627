/** The plain part of a mail whose body is HTML: made once per template, then filled per lead like any other text. */
import { convert } from 'html-to-text'
import { markLiquid, restoreLiquid } from './liquid-marks.ts'

/** A text template with the words and links of an HTML template. Pictures are told by their `alt`. */
export function textTemplateOf(html: string): string {
  const { marked, expressions } = markLiquid(html)
  const text = convert(marked, {
    wordwrap: false,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
      { selector: 'img', format: 'alt' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
    formatters: {
      alt: ({ attribs }, _walk, builder) => builder.addInline(String(attribs['alt'] ?? '')),
    },
  })
  return restoreLiquid(text.replaceAll(/\n{3,}/g, '\n\n'), expressions).trim()
}
