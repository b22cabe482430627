/** Plain text and HTML of messages, made safe. */
import { convert } from 'html-to-text'

/** Does the author write HTML? Looked at without what Liquid will fill in. */
export function isHtml(template: string): boolean {
  return /<\/?[a-z][a-z0-9]*(\s[^<>]*)?\/?>/i.test(template.replaceAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, ''))
}

const urlPattern = /https?:\/\/[^\s<>"'{}]+[^\s<>"'{}.,;:!?)]/g

/** URLs in an author's plain text. */
export function findUrls(text: string): string[] {
  return text.match(urlPattern) ?? []
}

/**
 * Plain text as HTML: blank lines part paragraphs, line breaks stay, everything is escaped. Only `known` URLs become links:
 * what a lead's own data holds does not.
 */
export function toParagraphs(text: string, known: ReadonlySet<string>): string {
  const linked = (line: string): string => {
    let result = ''
    let from = 0
    for (const match of line.matchAll(urlPattern)) {
      const url = match[0]
      result += escapeHtml(line.slice(from, match.index))
      result += known.has(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(url)}</a>` : escapeHtml(url)
      from = match.index + url.length
    }
    return result + escapeHtml(line.slice(from))
  }
  return text
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${paragraph.split('\n').map(linked).join('<br>\n')}</p>`)
    .join('\n')
}

/** The plain part of a message, made from its HTML: links are kept as text. */
export function toPlain(html: string): string {
  return convert(html, { wordwrap: false, selectors: [{ selector: 'a', options: { hideLinkHrefIfSameAsText: true } }] })
}

/** True when the text holds control characters, such as line breaks. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

/** Header text: control characters and line separators become blanks, so that nobody's data can begin a new header. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

/** Text as HTML text or attribute value. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
