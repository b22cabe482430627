/** Plain text and HTML of messages, made safe. */

/** What in a plain text may become a link: exactly these addresses, and those that begin like one of `within`. */
export interface KnownUrls {
  exactly: ReadonlySet<string>
  /** Beginnings that reach past the host, such as `https://example.org/offer?id=`. */
  within: readonly string[]
}

const urlPattern = /https?:\/\/[^\s<>"'{}]+[^\s<>"'{}.,;:!?)]/g

/** The URLs of an author's plain text, and `more` that the message brings along. What a lead's data holds is not among them. */
export function knownUrls(template: string, more: Iterable<string>): KnownUrls {
  const within: string[] = []
  for (const [url = ''] of template.matchAll(/https?:\/\/[^\s<>"'{}/]+\/[^\s<>"'{}]*(?=\{\{)/g)) within.push(url)
  return { exactly: new Set([...more, ...(template.match(urlPattern) ?? [])]), within }
}

function isKnown({ exactly, within }: KnownUrls, url: string): boolean {
  return exactly.has(url) || within.some((start) => url.startsWith(start))
}

const labelled = /\[([^\][\n]{1,200})\]\((https?:\/\/[^\s<>"'()]+)\)/g
const link = new RegExp(`${labelled.source}|(${urlPattern.source})`, 'g')

/**
 * Plain text as HTML: blank lines part paragraphs, line breaks stay, everything is escaped. `[words](address)` is a link,
 * a button when it stands alone in its paragraph. Only known addresses become links. `buttonStyle`: its CSS, for mail
 * programs that drop style sheets.
 */
export function toParagraphs(text: string, known: KnownUrls, buttonStyle = ''): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map(
      (paragraph) =>
        toButton(paragraph, known, buttonStyle) ?? `<p>${paragraph.split('\n').map(linked(known)).join('<br>\n')}</p>`,
    )
    .join('\n')
}

function toButton(paragraph: string, known: KnownUrls, style: string): string | null {
  const [whole, label = '', url = ''] = new RegExp(`^${labelled.source}$`).exec(paragraph) ?? []
  if (whole === undefined || !isKnown(known, url)) return null
  const styled = style === '' ? '' : ` style="${escapeHtml(style)}"`
  return `<p><a class="button"${styled} href="${escapeHtml(url)}">${escapeHtml(label)}</a></p>`
}

function linked(known: KnownUrls): (line: string) => string {
  return (line) => {
    let result = ''
    let from = 0
    for (const match of line.matchAll(link)) {
      const [whole, label, target, bare] = match
      const url = target ?? bare ?? ''
      result += escapeHtml(line.slice(from, match.index))
      result += isKnown(known, url) ? `<a href="${escapeHtml(url)}">${escapeHtml(label ?? url)}</a>` : escapeHtml(whole)
      from = match.index + whole.length
    }
    return result + escapeHtml(line.slice(from))
  }
}

/** Plain text as the plain part shows it: `[words](address)` as "words: address" on a line of its own, else in brackets. */
export function toPlainLinks(text: string, known: KnownUrls): string {
  const inLine = (line: string): string => {
    const [, label = '', url = ''] = new RegExp(`^\\s*${labelled.source}\\s*$`).exec(line) ?? []
    if (url !== '' && isKnown(known, url)) return `${label}: ${url}`
    return line.replaceAll(labelled, (whole, words: string, to: string) =>
      isKnown(known, to) ? `${words} (${to})` : whole,
    )
  }
  return text.replaceAll(/\r\n?/g, '\n').split('\n').map(inLine).join('\n').trim()
}

const schemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel', 'sms', 'cid'])

/**
 * Links and pictures that lead anywhere but to the web, a mail address or a phone become `#`: a field of a lead that an
 * author puts into an `href` must not be a program (`javascript:`), however it is spelt.
 */
export function withSafeLinks(html: string): string {
  return html.replaceAll(
    /(\s(?:href|src|action|formaction|background|xlink:href)\s*=\s*)("[^"]*"|'[^']*')/gi,
    (whole, start: string, quoted: string) => (isSafeTarget(quoted.slice(1, -1)) ? whole : `${start}"#"`),
  )
}

function isSafeTarget(value: string): boolean {
  // Browsers skip blanks and control characters in a scheme; character references could spell one.
  const bare = value.replaceAll(/[\p{Cc}\s]/gu, '')
  const head = /^[^/?#]*/.exec(bare)?.[0] ?? ''
  if (/&(?!amp;)/i.test(head)) return false
  const scheme = /^([^:]*):/.exec(head)?.[1]
  return scheme === undefined || schemes.has(scheme.toLowerCase())
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
