/** What a message's text may speak of: the values behind its variables. */
import type { CompanyProfile } from '#engine/company.ts'
import type { FieldValue, Json } from '#engine/facts.ts'
import { fieldCatalogue } from '#engine/fields.ts'
import type { Asset, Library, Survey } from '#engine/library.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import type { messageVariables } from '#engine/steps/message-template.ts'
import { RenderError } from '../mailroom/template.ts'
import { companyScope } from './layout.ts'

export type Scope = Record<(typeof messageVariables)[number], unknown>

/** The addresses in one message. */
export interface MessageUrls {
  unsubscribe: string
  preferences: string
  survey: string
  question: string
  /** Empty when the message is not about an asset. */
  asset: string
  /** The lead's own address of a form, by `form:` and its key. */
  [form: `form:${string}`]: string
}

export interface ScopeInput {
  content: DeliveryContent
  lead: { id: string; fields: Readonly<Record<string, FieldValue>> }
  /** What the entry event carried. */
  entry: Readonly<Record<string, Json>>
  journey: { key: string; name: string }
  library: Library
  company: CompanyProfile
}

/** Every field is there, unknown ones as null: what is missing about a lead reads as blank, a misspelt name is an error. */
export function scopeOf(input: ScopeInput, urls: MessageUrls): Scope {
  const { lead, entry, journey, content, library, company } = input
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
    asset: asset && { key: asset.key, title: asset.title, format: asset.format, kind: asset.kind, url: urls.asset },
    survey: survey && { key: survey.key, title: survey.title, intro: survey.intro, url: urls.survey },
    question: question && { id: question.id, text: question.text, url: urls.question },
    entry: { ...entry },
    journey: { ...journey },
    link: asset === undefined ? (question === undefined ? survey && urls.survey : urls.question) : urls.asset,
    forms: Object.fromEntries(Object.keys(library.forms).map((key) => [key, urls[`form:${key}`] ?? ''])),
    unsubscribe_url: urls.unsubscribe,
    preferences_url: urls.preferences,
    company: companyScope(company),
  }
}

/** @throws {RenderError} CONTENT_MISSING */
export function assetOf(library: Library, key: string): Asset {
  const asset = Object.hasOwn(library.assets, key) ? library.assets[key] : undefined
  if (asset === undefined)
    throw new RenderError('CONTENT_MISSING', `Asset "${key}" does not exist any more; restore it.`)
  return asset
}

function surveyOf(library: Library, key: string): Survey {
  const survey = Object.hasOwn(library.surveys, key) ? library.surveys[key] : undefined
  if (survey === undefined)
    throw new RenderError('CONTENT_MISSING', `Survey "${key}" does not exist any more; restore it.`)
  return survey
}
