/** What is wrong or doubtful about a mail as a mail: its subject, links, pictures, size. */
import type { Issue, IssueCode } from '#engine/issues.ts'
import { kindOfBody } from './body-kind.ts'
import { layoutParts } from './layout.ts'
import type { Letter } from './letters.ts'
import { markLiquid } from './liquid-marks.ts'

/** Gmail shows the first 102 KB of a mail and hides the rest behind a link. */
const largestMail = 102 * 1024
/** More is cut off by most mail programs; phones show some 40. */
const longestSubject = 70

/** `html` is what an MJML body became; null for other bodies. */
export function lintLetter(letter: Letter, html: string | null): Issue[] {
  return [...lintSubject(letter), ...lintBody(letter, html), ...lintPurpose(letter)]
}

type Finding = [code: IssueCode, severity: Issue['severity'], message: string]

function at({ nodeId, path }: Letter, setting: 'subject' | 'body', findings: readonly Finding[]): Issue[] {
  return findings.map(([code, severity, message]) => ({ code, severity, nodeId, path: [...path, setting], message }))
}

function lintSubject(letter: Letter): Issue[] {
  const { subject } = letter
  const words = subject.replaceAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g, '').trim()
  const findings: Finding[] = []
  const doubt = (message: string): number => findings.push(['MESSAGE_SUBJECT_DOUBTFUL', 'warning', message])
  if (subject.trim() === '') doubt('The subject is empty; say what the mail is about.')
  if (words.length > longestSubject) {
    doubt(
      `The subject has ${String(words.length)} characters; phones show about 40, most programs ${String(longestSubject)}.`,
    )
  }
  const letters = words.replaceAll(/[^\p{L}]/gu, '')
  if (letters.length >= 8 && letters === letters.toUpperCase() && letters !== letters.toLowerCase()) {
    doubt(`The subject "${words}" is all capitals, which spam filters hold against it; write it like a sentence.`)
  }
  const answer = /^\s*(re|fw|fwd|aw|wg|sv|antw|tr)\s*:/i.exec(subject)
  if (answer !== null) {
    doubt(
      `"${answer[0].trim()}" pretends that this mail answers one; a misleading subject is against the law (15 USC 7704(a)(2)). Leave it out.`,
    )
  }
  return at(letter, 'subject', findings)
}

function lintBody(letter: Letter, html: string | null): Issue[] {
  const { body } = letter
  const kind = kindOfBody(body)
  const findings: Finding[] = []
  const insecure = [...body.matchAll(/\bhttp:\/\/(?!localhost|127\.0\.0\.1)[^\s"'<>]+/gi)].filter(
    // Namespaces of Outlook and SVG are names, not links.
    ([url]) => !/^http:\/\/www\.w3\.org\//i.test(url),
  )
  for (const [url] of insecure) {
    findings.push(['MESSAGE_LINK_INSECURE', 'warning', `"${url}" is not secure; use its https address.`])
  }
  if (kind !== 'plain') {
    const page = markLiquid(html ?? body).marked
    findings.push(...unsafe(body, kind === 'mjml' ? null : markLiquid(body).marked))
    for (const [tag] of page.matchAll(/<img\b(?:"[^"]*"|'[^']*'|[^"'>])*>/gi)) {
      if (/\salt\s*=/i.test(tag)) continue
      const src = /\ssrc\s*=\s*["']?([^"'\s>]+)/i.exec(tag)?.[1] ?? ''
      findings.push([
        'MESSAGE_IMAGE_WITHOUT_ALT',
        'warning',
        `The picture "${src.replaceAll(/[\uE000\uE001]/g, '')}" has no alt text; say what it shows, or alt="" if nothing.`,
      ])
    }
  }
  const around = kind === 'plain' || kind === 'html' ? layoutParts.before.length + layoutParts.after.length : 0
  const size = Buffer.byteLength(html ?? body) + around
  if (size > largestMail) {
    findings.push([
      'MESSAGE_TOO_LARGE',
      'warning',
      `The mail has about ${String(Math.round(size / 1024))} KB; Gmail cuts it off at 102 KB, with its unsubscribe link.`,
    ])
  }
  return at(letter, 'body', findings)
}

/** Programs in the author's HTML, and places where a lead's data could become markup. */
function unsafe(body: string, marked: string | null): Finding[] {
  const findings: Finding[] = []
  const refuse = (message: string): number => findings.push(['MESSAGE_HTML_UNSAFE', 'error', message])
  const program = /<(script|iframe|object|embed|form|base)\b/i.exec(body)
  if (program !== null)
    refuse(`<${String(program[1])}> does not work in mails and makes them look dangerous; take it out.`)
  const handler = /<[a-z][^>]*\s(on[a-z]+)\s*=/i.exec(body)
  if (handler !== null) refuse(`"${String(handler[1])}" is a program, which no mail program runs; take it out.`)
  const target = /\s(?:href|src)\s*=\s*["']?\s*((?:javascript|vbscript|data)\s*:)/i.exec(body)
  if (target !== null && !/^data\s*:/i.test(target[1] ?? ''))
    refuse(`"${String(target[1])}" is a program, not a link; use a web address.`)
  if (marked !== null) {
    const bare = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*?\s([a-z-]+)\s*=\s*[^\s"'>]*\uE000/i.exec(marked)
    if (bare !== null) {
      refuse(
        `The variable in "${String(bare[1])}" has no quotes around it, so a lead's data could add attributes; write ${String(bare[1])}="…".`,
      )
    }
  }
  return findings
}

const promotions =
  /\b(sale|discounts?|\d+\s?% off|special offer|limited[- ]time|buy now|order now|free trial|coupon|voucher|webinar|rabatt|angebot|gutschein|jetzt kaufen|promotion|r[ée]duction)\b/i

/** A message is what its primary purpose is (16 CFR 316.3), whatever it is called. */
function lintPurpose(letter: Letter): Issue[] {
  if (letter.purpose !== 'transactional') return []
  const found =
    promotions.exec(letter.subject) ?? promotions.exec(letter.body.replaceAll(/<[^>]*>|\{\{[\s\S]*?\}\}/g, ' '))
  if (found === null) return []
  const message = `"${found[0]}" reads like an advertisement, but this message is transactional: it needs no consent and has no unsubscribe link. Make it promotional, or take that out.`
  return [{ code: 'TRANSACTIONAL_PROMOTES', severity: 'warning', nodeId: letter.nodeId, path: ['purpose'], message }]
}
