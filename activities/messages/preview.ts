/** A message of a draft as one lead would read it: nothing is recorded, and its personal links lead nowhere. */
import { eq } from 'drizzle-orm'
import type { Database } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { readCompanyProfile } from '#db/repositories/company-profile.ts'
import { readSwitches } from '#db/repositories/company-switches.ts'
import { leadFieldValues } from '#db/repositories/gate-facts.ts'
import { findJourney } from '#db/repositories/journey-reads.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { leads } from '#db/schema/leads.ts'
import { configIssues } from '#engine/compiler/config-issues.ts'
import type { GraphNode } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { DeliveryContent } from '#engine/steps/contract.ts'
import { purposes, type Channel, type Purpose } from '#engine/vocabulary.ts'
import { JourneyNotFound } from '../journeys/errors.ts'
import { createRenderer, type RenderInput, type RendererOptions } from '../mailroom/render.ts'
import { RenderError } from '../mailroom/template.ts'
import type { RenderedMessage } from '../providers/contract.ts'
import { checkMessages } from './check-messages.ts'
import { compileMjml } from './compile-mjml.ts'
import { readMailboxes } from './ground.ts'
import { letterSteps } from './letters.ts'
import { mjmlOf } from './mjml-store.ts'
import { assetOf, type MessageUrls } from './scope.ts'

export interface PreviewDependencies {
  db: Database
  registry: StepRegistry
  /** Address of the links; nothing is signed. */
  links: RendererOptions
}

export interface PreviewRequest {
  /** Key or id. */
  journey: string
  /** Id of the step in the draft, or of the step that `config` is for. */
  step: string
  leadId: string
  /** What is being written: read instead of the draft's step. */
  draft?: { type: string; config: Record<string, unknown> }
  /** Instead of the lead's own language. */
  language?: string
}

export interface MessagePreview {
  /** Null when it cannot be rendered: `issues` say why. */
  message: RenderedMessage | null
  /** The language the lead reads it in. */
  language: string | null
  /** Bytes of the HTML. */
  size: number
  /** Everything publishing would say about this message, and why it cannot be rendered for this lead. */
  issues: Issue[]
}

/** Thrown when there is nothing to preview. */
export class PreviewImpossible extends Error {
  readonly code: 'STEP_NOT_FOUND' | 'LEAD_NOT_FOUND' | 'STEP_NOT_A_MESSAGE'

  constructor(code: PreviewImpossible['code'], message: string) {
    super(message)
    this.name = 'PreviewImpossible'
    this.code = code
  }
}

/**
 * Renders one message step for one lead, as the mailroom would.
 * @throws {JourneyNotFound | PreviewImpossible}
 */
export async function previewMessage(deps: PreviewDependencies, request: PreviewRequest): Promise<MessagePreview> {
  const { db, registry, links } = deps
  const journey = await findJourney(db, request.journey)
  if (journey === null) throw new JourneyNotFound(request.journey)
  const node = nodeOf(request, journey.draftGraph.nodes)
  const [lead] = await db.select().from(leads).where(eq(leads.id, request.leadId))
  if (lead === undefined || lead.erasedAt !== null) {
    throw new PreviewImpossible('LEAD_NOT_FOUND', `There is no lead "${request.leadId}".`)
  }
  const [library, company, { liveSending }] = await Promise.all([
    readLibrary(db),
    readCompanyProfile(db),
    readSwitches(db),
  ])
  const graph = { ...journey.draftGraph, nodes: [node], edges: [] }
  const checked = await checkMessages(graph, { library, registry, company, isLive: liveSending })
  const type = registry.get(node.type)
  const parsed = type?.config.safeParse(node.config)
  if (parsed?.success === false) return nothing([...configIssues(parsed.error.issues, node), ...checked.issues])
  const nodeIds = new Set(journey.draftGraph.nodes.map(({ id }) => id))
  const own = type?.check?.(parsed?.data, { nodeId: node.id, library, journeys: new Set(), nodeIds }) ?? []
  const issues = [...own.map((issue) => ({ ...issue, nodeId: node.id })), ...checked.issues]
  const { channel, purpose, content } = messageOf(node, parsed?.data as Record<string, unknown>, library)
  const fields = { ...leadFieldValues(lead), ...(request.language === undefined ? {} : { language: request.language }) }
  const { settings } = journey.draftGraph
  const owners = await readMailboxes(db, settings.sender === 'owner' && lead.ownerId !== null ? [lead.ownerId] : [])
  try {
    const message = createRenderer(
      links,
      inertUrls,
    )({
      deliveryId: newId(),
      channel,
      purpose,
      content,
      isTest: true,
      isLive: false,
      stepId: node.id,
      lead: { id: lead.id, fields },
      entry: {},
      journey: { key: journey.key, name: journey.name },
      library,
      company,
      settings,
      owner: owners.get(lead.ownerId ?? '') ?? null,
      mjml: await compileAll(content),
    })
    const language = message.headers['Content-Language'] ?? null
    return { message, language, size: Buffer.byteLength(message.html), issues }
  } catch (error) {
    if (!(error instanceof RenderError)) throw error
    const known = issues.some(({ severity }) => severity === 'error')
    const issue: Issue = {
      code: error.code === 'TEMPLATE_VARIABLE_UNKNOWN' ? 'MESSAGE_VARIABLE_UNKNOWN' : 'MESSAGE_TEMPLATE_INVALID',
      severity: 'error',
      nodeId: node.id,
      path: [],
      message: error.message,
    }
    return nothing(known ? issues : [...issues, issue])
  }
}

function nothing(issues: Issue[]): MessagePreview {
  return { message: null, language: null, size: 0, issues }
}

function nodeOf({ step, draft }: PreviewRequest, nodes: readonly GraphNode[]): GraphNode {
  if (draft !== undefined) return { id: step, ...draft }
  const found = nodes.find(({ id }) => id === step)
  if (found === undefined) throw new PreviewImpossible('STEP_NOT_FOUND', `The draft has no step "${step}".`)
  return found
}

/** What the step would send: the asset it names, else the first of its pool; the question it names, else the first. */
function messageOf(
  { type }: GraphNode,
  config: Record<string, unknown> | undefined,
  library: Library,
): { channel: Channel; purpose: Purpose; content: DeliveryContent } {
  const purpose = purposes.find((one) => one === config?.['purpose']) ?? 'nurture'
  const own = (key: string): string | undefined => textOf(config, key)
  if (type === 'notify') {
    return {
      channel: 'notification',
      purpose: 'internal',
      content: { ...texts(config, 'subject', 'message'), to: own('to') ?? 'owner' },
    }
  }
  const assetKey = own('asset') ?? library.pools[own('pool') ?? '']?.assets[0]
  const surveyKey = own('survey')
  const questionId =
    type === 'ask_question' ? (own('question') ?? library.surveys[surveyKey ?? '']?.questions[0]?.id) : undefined
  const about = {
    ...(assetKey === undefined ? {} : { assetKey }),
    ...(surveyKey === undefined ? {} : { surveyKey }),
    ...(questionId === undefined ? {} : { questionId }),
  }
  if (type === 'send_postcard')
    return { channel: 'postcard', purpose, content: { ...texts(config, 'headline', 'body'), ...about } }
  if (!letterSteps.has(type)) {
    throw new PreviewImpossible(
      'STEP_NOT_A_MESSAGE',
      `A step of type "${type}" sends no message; choose one that does.`,
    )
  }
  const { text, variants } = config as Pick<DeliveryContent, 'text' | 'variants'>
  return {
    channel: 'email',
    purpose,
    content: {
      ...texts(config, 'subject', 'body'),
      ...(text === undefined ? {} : { text }),
      ...(variants === undefined ? {} : { variants }),
      ...about,
    },
  }
}

function texts(config: Record<string, unknown> | undefined, subject: string, body: string): DeliveryContent {
  return { subject: textOf(config, subject) ?? '', body: textOf(config, body) ?? '' }
}

function textOf(config: Record<string, unknown> | undefined, key: string): string | undefined {
  const value = config?.[key]
  return typeof value === 'string' ? value : undefined
}

async function compileAll(content: DeliveryContent): Promise<Map<string, string>> {
  const compiled = new Map<string, string>()
  for (const source of mjmlOf(content)) {
    const { html } = await compileMjml(source)
    if (html !== null) compiled.set(source, html)
  }
  return compiled
}

/** Links that look like the lead's own but carry no token: following one changes nothing, whoever does it. */
function inertUrls({ baseUrl }: RendererOptions, { content, library }: RenderInput): MessageUrls {
  const base = baseUrl.replace(/\/+$/, '')
  return {
    unsubscribe: `${base}/u/preview`,
    preferences: `${base}/p/preview`,
    survey: `${base}/s/preview`,
    question: `${base}/q/preview`,
    asset: content.assetKey === undefined ? '' : assetOf(library, content.assetKey).url,
  }
}
