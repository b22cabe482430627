/**
 * Turns a delivery into the message its lead reads. Authors write Liquid; what leads and events supply is data only:
 * escaped in HTML, one line in headers, and never looked at as a template (a lead called `{{ 7*7 }}` reads just that).
 */
import type { Mailbox } from '#engine/company.ts'
import { assetPage } from '#engine/assets.ts'
import type { FieldValue } from '#engine/facts.ts'
import type { JourneySettings } from '#engine/graph/schema.ts'
import type { Library, Asset } from '#engine/library.ts'
import { chooseText } from '#engine/steps/message-variants.ts'
import type { Channel, Purpose } from '#engine/vocabulary.ts'
import { addressLine, mailScope } from '../messages/layout.ts'
import { createMailBody } from '../messages/mail-body.ts'
import { assetOf, scopeOf, type MessageUrls, type ScopeInput } from '../messages/scope.ts'
import { isFitForLeads, isMarketing, mailHeaders, noticeHeaders, senderOf } from '../messages/sender.ts'
import { kindOfBody } from '../messages/body-kind.ts'
import { textTemplateOf } from '../messages/text-part.ts'
import { trackLinks } from '../links/track-links.ts'
import { renderPostcard } from '../postcards/render-postcard.ts'
import type { RenderedMessage } from '../providers/contract.ts'
import { linkTo } from '../links/personal-link.ts'
import { personalLink } from './links.ts'
import { hasControl, knownUrls, oneLine, toParagraphs, withSafeLinks } from './message-text.ts'
import { createTemplateEngine, RenderError } from './template.ts'

/** What a message is made from. */
export interface RenderInput extends ScopeInput {
  deliveryId: string
  channel: Channel
  purpose: Purpose
  /** The step it comes from. */
  stepId: string
  isTest: boolean
  /** It leaves this installation: then who sends it, and how to leave, must be there. */
  isLive: boolean
  settings: Pick<JourneySettings, 'sender' | 'replyTo' | 'because' | 'trackLinks'>
  /** The person the lead belongs to; null when it belongs to nobody who can be written to. */
  owner: Mailbox | null
  /** Of a postcard about something to open: the code of its short link. Absent in previews. */
  shortCode?: string | null
  /** Compiled MJML by its source, of at least this message. */
  mjml: ReadonlyMap<string, string>
}

export interface RendererOptions {
  /** Where leads reach this installation, e.g. `https://nurture.example.org`. */
  baseUrl: string
  /** Signs personal links. At least 32 characters. */
  secret: string
}

/** Makes the message of a delivery. @throws {RenderError} when it cannot be made. */
export type Renderer = (input: RenderInput) => RenderedMessage

/**
 * A renderer; what it has parsed is remembered in it. `urlsOf` makes the message's links: the lead's own by default,
 * inert ones for a preview.
 */
export function createRenderer(options: RendererOptions, urlsOf = personalUrls): Renderer {
  const plain = createTemplateEngine(false)
  const html = createTemplateEngine(true)
  const mailBody = createMailBody(plain, html)
  return (input) => {
    const { content, channel, deliveryId, company } = input
    const urls = withShortLink(urlsOf(options, input), options, input)
    const scope = scopeOf(input, urls)
    if (channel === 'postcard') {
      const link = content.surveyKey === undefined && content.assetKey === undefined ? null : String(scope.link)
      const card = renderPostcard(input, { scope, link, fill: plain })
      return { deliveryId, leadId: input.lead.id, channel, isTest: input.isTest, ...card }
    }
    const common = { deliveryId, leadId: input.lead.id, channel, to: addressOf(input), isTest: input.isTest }
    const notice = () => noticeHeaders({ deliveryId, from: company.from, host: hostOf(options.baseUrl) })
    if (content.verbatim !== undefined) {
      const known = knownUrls('', content.verbatim.links)
      const html = toParagraphs(content.body, known)
      return { ...common, subject: oneLine(content.subject ?? ''), html, plain: content.body.trim(), headers: notice() }
    }
    if (channel !== 'email') {
      const subject = oneLine(plain(content.subject ?? '', scope))
      const isPlain = kindOfBody(content.body) === 'plain'
      const known = knownUrls(content.body, Object.values(urls))
      const body = isPlain ? toParagraphs(plain(content.body, scope), known) : withSafeLinks(html(content.body, scope))
      const words = plain(isPlain ? content.body : textTemplateOf(content.body), scope).trim()
      return { ...common, subject, html: body, plain: words, headers: notice() }
    }
    const sender = senderOf(input)
    if (input.isLive) requireFit(input, options)
    const chosen = chooseText(content, textField(input, 'language'), company.language)
    const subject = oneLine(plain(chosen.subject, scope))
    const { language } = chosen
    const mail = mailScope(company, { subject, language, purpose: input.purpose, because: input.settings.because })
    const footer = {
      mail,
      company: { address: addressLine(company), privacyUrl: company.privacyUrl ?? '' },
      unsubscribe: urls.unsubscribe,
      preferences: urls.preferences,
    }
    const body = mailBody({ chosen, scope, urls, footer, mjml: input.mjml })
    // An author who offers the link in a transactional mail wants the button of the mail program, too.
    const canLeave = isMarketing(input.purpose) || body.html.includes(urls.unsubscribe)
    const headers = mailHeaders({
      deliveryId,
      from: sender.from,
      host: hostOf(options.baseUrl),
      purpose: input.purpose,
      journey: input.journey.key,
      stepId: input.stepId,
      language,
      unsubscribe: canLeave ? urls.unsubscribe : null,
    })
    const tracked = urlsOf === personalUrls ? withTrackedLinks(options, input, body.html) : body.html
    return { ...common, ...sender, subject, ...body, html: tracked, headers }
  }
}

/** Clicks are noted unless the company or the journey says no, or the lead objects to being profiled (GDPR Art. 21). */
function withTrackedLinks(links: RendererOptions, input: RenderInput, html: string): string {
  const { tracking } = input.library.policy
  const isWanted = input.settings.trackLinks ?? tracking.links
  if (!isWanted || input.purpose === 'internal' || input.lead.fields['objected'] === true) return html
  // What the law has us show is no sign of interest.
  const except = [input.company.privacyUrl ?? '']
  return trackLinks(html, { links, deliveryId: input.deliveryId, honeypot: tracking.honeypot, except })
}

/** What stands on paper is typed by hand: as short as it can be. */
function withShortLink(urls: MessageUrls, { baseUrl }: RendererOptions, { shortCode }: RenderInput): MessageUrls {
  if (shortCode === undefined || shortCode === null) return urls
  const link = `${baseUrl.replace(/\/+$/, '')}/l/${shortCode}`
  return { ...urls, survey: link, asset: link }
}

function personalUrls(options: RendererOptions, { deliveryId, content, library }: RenderInput): MessageUrls {
  const link = (kind: Parameters<typeof personalLink>[1]): string => personalLink(options, kind, deliveryId)
  return {
    unsubscribe: link('unsubscribe'),
    preferences: link('preferences'),
    survey: link('survey'),
    question: link('question'),
    asset: content.assetKey === undefined ? '' : assetUrl(assetOf(library, content.assetKey), link),
    ...formUrls(options, deliveryId, library),
  }
}

/** By them a form knows who comes, and asks nothing it knows. */
function formUrls(options: RendererOptions, id: string, { forms }: Library): Record<`form:${string}`, string> {
  return Object.fromEntries(
    Object.keys(forms).map((key) => [`form:${key}`, linkTo(options, 'form', { about: 'delivery', id, subject: key })]),
  )
}

/** Files, webinars and assets with a page are reached through it; it knows who comes. */
function assetUrl(asset: Asset, link: (kind: 'asset' | 'webinar') => string): string {
  const page = assetPage(asset)
  return page === null ? asset.url : link(page)
}

/**
 * The last guard of what publishing and turning live sending on have checked: a marketing mail names the sender's postal
 * address (CAN-SPAM, 16 CFR 316.5(b), 15 USC 7704(a)(5)) and can be left by https (RFC 8058 §3.1).
 */
function requireFit(input: RenderInput, { baseUrl }: RendererOptions): void {
  if (!isMarketing(input.purpose)) return
  if (addressLine(input.company) === '')
    throw new RenderError('COMPANY_ADDRESS_MISSING', 'The company has no postal address; fill it in.')
  if (!isFitForLeads(baseUrl))
    throw new RenderError('PUBLIC_URL_INSECURE', `Leads cannot unsubscribe safely at "${baseUrl}"; give it https.`)
}

function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).hostname : 'localhost'
}

function textField({ lead }: Pick<RenderInput, 'lead'>, key: string): string {
  const value: FieldValue | undefined = lead.fields[key]
  return typeof value === 'string' ? value : ''
}

function addressOf(input: RenderInput): string {
  const { channel, purpose, content } = input
  if (channel === 'notification' || purpose === 'internal') return oneLine(content.to ?? 'owner')
  const text = (key: string): string => textField(input, key)
  const email = text('email').trim()
  // A line break or a second address here would write headers or recipients that nobody meant.
  if (!/^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/u.test(email) || hasControl(email)) {
    throw new RenderError('ADDRESS_INVALID', 'The email address of the lead cannot be written to; correct it.')
  }
  return email
}
