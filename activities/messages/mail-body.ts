/** The HTML and plain parts of a mail, from whatever the author wrote. */
import type { ChosenText } from '#engine/steps/message-variants.ts'
import { knownUrls, toParagraphs, toPlainLinks, withSafeLinks } from '../mailroom/message-text.ts'
import { RenderError, type createTemplateEngine } from '../mailroom/template.ts'
import { kindOfBody } from './body-kind.ts'
import { completePage, plainFooter, type FooterParts } from './footer.ts'
import { layoutParts } from './layout.ts'
import type { MessageUrls, Scope } from './scope.ts'
import { textTemplateOf } from './text-part.ts'

type Fill = ReturnType<typeof createTemplateEngine>

/** Turned once, used for every lead: templates' text parts, and compiled MJML by its source. */
const textTemplates = new Map<string, string>()
const keptTemplates = 500

export interface MailBodyInput {
  chosen: ChosenText
  scope: Scope
  urls: MessageUrls
  footer: FooterParts
  /** Compiled MJML by its source; see `createMjmlStore`. */
  mjml: ReadonlyMap<string, string>
}

/** @throws {RenderError} when a template cannot be filled, or MJML was never compiled. */
export function createMailBody(plain: Fill, html: Fill): (input: MailBodyInput) => { html: string; plain: string } {
  return ({ chosen, scope, urls, footer, mjml }) => {
    const kind = kindOfBody(chosen.body)
    const known = knownUrls(chosen.body, Object.values(urls))
    const page = (): { html: string; template: string } => {
      if (kind === 'plain' || kind === 'html') {
        const content =
          kind === 'html'
            ? html(chosen.body, scope)
            : toParagraphs(plain(chosen.body, scope), known, buttonStyle(footer.mail))
        // What the author's text leads to already is not offered a second time.
        const shown = footer.mail.is_marketing && !content.includes(urls.unsubscribe)
        const around = { ...scope, mail: { ...footer.mail, shows_unsubscribe: shown } }
        return {
          html: html(layoutParts.before, around) + content + html(layoutParts.after, around),
          template: chosen.body,
        }
      }
      const template = kind === 'mjml' ? compiled(mjml, chosen.body) : chosen.body
      return { html: completePage(html(template, { ...scope, mail: footer.mail }), footer), template }
    }
    const { html: rendered, template } = page()
    const words = (): string => {
      if (chosen.text !== null)
        return toPlainLinks(plain(chosen.text, scope), knownUrls(chosen.text, Object.values(urls)))
      if (kind === 'plain') return toPlainLinks(plain(chosen.body, scope), known)
      return plain(textTemplate(template), { ...scope, mail: footer.mail })
    }
    const text = words()
    const isComplete = kind === 'mjml' && chosen.text === null && text.includes(urls.unsubscribe)
    return { html: withSafeLinks(rendered), plain: isComplete ? text : `${text}\n\n${plainFooter(footer)}\n` }
  }
}

function buttonStyle({ accent, on_accent: text }: FooterParts['mail']): string {
  return `background:${accent};border-radius:8px;color:${text};display:inline-block;font-weight:600;padding:13px 24px;text-decoration:none`
}

function compiled(mjml: ReadonlyMap<string, string>, body: string): string {
  const found = mjml.get(body)
  if (found === undefined)
    throw new RenderError('CONTENT_MISSING', 'The MJML of this message was not compiled; publish the journey again.')
  return found
}

function textTemplate(html: string): string {
  const known = textTemplates.get(html)
  if (known !== undefined) return known
  const text = textTemplateOf(html)
  if (textTemplates.size >= keptTemplates) textTemplates.clear()
  textTemplates.set(html, text)
  return text
}
