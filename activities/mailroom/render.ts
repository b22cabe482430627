/**
 * Turns a delivery into the message its lead reads. Authors write Liquid; what leads and events supply is data only:
 * escaped in HTML, one line in headers, and never looked at as a template (a lead called `{{ 7*7 }}` reads just that).
 */
import type { FieldValue, Json } from '#engine/facts.ts'
import { fieldCatalogue } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import type { messageVariables } from '#engine/steps/message-template.ts'
import type { Channel, Purpose } from '#engine/vocabulary.ts'
import type { RenderedMessage } from '../providers/contract.ts'
import { personalLink } from './links.ts'
import { escapeHtml, findUrls, hasControl, isHtml, oneLine, toParagraphs, toPlain } from './message-text.ts'
import { createTemplateEngine, RenderError } from './template.ts'

/** What a message is made from. */
export interface RenderInput {
  deliveryId: string
  channel: Channel
  purpose: Purpose
  content: DeliveryContent
  isTest: boolean
  lead: { id: string; fields: Readonly<Record<string, FieldValue>> }
  /** What the entry event carried: `{{ entry.<name> }}`. */
  entry: Readonly<Record<string, Json>>
  journey: { key: string; name: string }
  library: Library
}

export interface RendererOptions {
  /** Where leads reach this installation, e.g. `https://nurture.example.org`. */
  baseUrl: string
  /** Signs personal links. At least 32 characters. */
  secret: string
}

/** Makes the message of a delivery. @throws {RenderError} when it cannot be made. */
export type Renderer = (input: RenderInput) => RenderedMessage

/** A renderer; what it has parsed is remembered in it. */
export function createRenderer(options: RendererOptions): Renderer {
  const plain = createTemplateEngine(false)
  const html = createTemplateEngine(true)
  return (input) => {
    const { content, channel, deliveryId } = input
    const urls = linksOf(options, input)
    const scope = scopeOf(input, urls)
    const body = isHtml(content.body)
      ? html(content.body, scope)
      : toParagraphs(plain(content.body, scope), new Set([...Object.values(urls), ...findUrls(content.body)]))
    const complete = withUnsubscribe(input, body, urls.unsubscribe)
    return {
      deliveryId,
      leadId: input.lead.id,
      channel,
      to: addressOf(input),
      subject: oneLine(plain(content.subject ?? '', scope)),
      html: complete,
      plain: toPlain(complete),
      headers: channel === 'email' ? headersOf(options, input, urls.unsubscribe) : {},
      isTest: input.isTest,
    }
  }
}

type Scope = Record<(typeof messageVariables)[number], unknown>
interface Links {
  unsubscribe: string
  preferences: string
  survey: string
  question: string
  /** Empty when the message is not about an asset. */
  asset: string
}

function linksOf(options: RendererOptions, { deliveryId, content, library }: RenderInput): Links {
  const link = (kind: Parameters<typeof personalLink>[1]): string => personalLink(options, kind, deliveryId)
  return {
    unsubscribe: link('unsubscribe'),
    preferences: link('preferences'),
    survey: link('survey'),
    question: link('question'),
    asset: content.assetKey === undefined ? '' : assetOf(library, content.assetKey).url,
  }
}

/** Every field is there, unknown ones as null: what is missing about a lead reads as blank, a misspelt name is an error. */
function scopeOf({ lead, entry, journey, content, library }: RenderInput, urls: Links): Scope {
  const fields = Object.fromEntries(fieldCatalogue(library).map(({ key }) => [key, lead.fields[key] ?? null]))
  const asset = content.assetKey === undefined ? undefined : assetOf(library, content.assetKey)
  const survey = content.surveyKey === undefined ? undefined : surveyOf(library, content.surveyKey)
  const question =
    content.questionId === undefined ? undefined : survey?.questions.find(({ id }) => id === content.questionId)
  if (content.questionId !== undefined && question === undefined) {
    throw new RenderError('CONTENT_MISSING', `Question "${content.questionId}" is no longer in its survey; restore it.`)
  }
  return {
    lead: { ...fields, id: lead.id },
    asset: asset && { key: asset.key, title: asset.title, format: asset.format, kind: asset.kind, url: asset.url },
    survey: survey && { key: survey.key, title: survey.title, intro: survey.intro, url: urls.survey },
    question: question && { id: question.id, text: question.text, url: urls.question },
    entry: { ...entry },
    journey: { ...journey },
    link: asset?.url ?? (question === undefined ? survey && urls.survey : urls.question),
    unsubscribe_url: urls.unsubscribe,
    preferences_url: urls.preferences,
  }
}

function assetOf(library: Library, key: string) {
  const asset = Object.hasOwn(library.assets, key) ? library.assets[key] : undefined
  if (asset === undefined)
    throw new RenderError('CONTENT_MISSING', `Asset "${key}" does not exist any more; restore it.`)
  return asset
}

function surveyOf(library: Library, key: string) {
  const survey = Object.hasOwn(library.surveys, key) ? library.surveys[key] : undefined
  if (survey === undefined)
    throw new RenderError('CONTENT_MISSING', `Survey "${key}" does not exist any more; restore it.`)
  return survey
}

/** Every marketing mail can be left from within (CAN-SPAM, 16 CFR 316; Gmail bulk rules ask for a visible link, too). */
function withUnsubscribe({ channel, purpose }: RenderInput, body: string, url: string): string {
  const isMarketing = channel === 'email' && (purpose === 'nurture' || purpose === 'promotional')
  if (!isMarketing || body.includes(url)) return body
  return `${body}\n<p><a href="${escapeHtml(url)}">Unsubscribe</a></p>`
}

/** RFC 8058 §3.1: one List-Unsubscribe with an HTTPS URI and one List-Unsubscribe-Post, for marketing mail. */
function headersOf(
  { baseUrl }: RendererOptions,
  { deliveryId, purpose }: RenderInput,
  unsubscribe: string,
): Record<string, string> {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).hostname : 'localhost'
  const isMarketing = purpose === 'nurture' || purpose === 'promotional'
  return {
    'Message-ID': `<${deliveryId}@${host}>`,
    ...(isMarketing
      ? { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
      : {}),
  }
}

function addressOf({ channel, purpose, content, lead: { fields } }: RenderInput): string {
  if (channel === 'notification' || purpose === 'internal') return oneLine(content.to ?? 'owner')
  const text = (key: string): string => {
    const value = fields[key]
    return typeof value === 'string' ? value : ''
  }
  if (channel === 'postcard') {
    const name = `${text('first_name')} ${text('last_name')}`
    const place = `${text('postal_code')} ${text('city')}`
    const lines = [name, text('company'), text('address_line1'), place, text('region'), text('country')]
    return lines
      .map(oneLine)
      .filter((line) => line !== '')
      .join('\n')
  }
  const email = text('email').trim()
  // A line break or a second address here would write headers or recipients that nobody meant.
  if (!/^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/u.test(email) || hasControl(email)) {
    throw new RenderError('ADDRESS_INVALID', 'The email address of the lead cannot be written to; correct it.')
  }
  return email
}
