/** The messages a graph would send, each text with its place. */
import type { Graph } from '#engine/graph/schema.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { messageTexts } from '#engine/steps/message-template.ts'
import { purposes, type Purpose } from '#engine/vocabulary.ts'

type Path = (string | number)[]

/** One text of a message. */
export interface PlacedText {
  nodeId: string
  path: Path
  text: string
}

/** An email as written in one language. */
export interface Letter {
  nodeId: string
  /** Where it stands in the step's config: `[]`, or `['variants', 'de']`. */
  path: Path
  purpose: Purpose
  subject: string
  body: string
}

/** Steps that write emails to leads. */
export const letterSteps: ReadonlySet<string> = new Set([
  'send_email',
  'send_asset',
  'send_survey',
  'invite',
  'ask_question',
])

export interface GraphMessages {
  texts: PlacedText[]
  letters: Letter[]
}

/** All messages of the enabled steps whose config can be read; what cannot, the compiler reports. */
export function messagesOf(graph: Graph, registry: Pick<StepRegistry, 'get'>): GraphMessages {
  const found: GraphMessages = { texts: [], letters: [] }
  for (const node of graph.nodes) {
    const config: unknown = registry.get(node.type)?.config.safeParse(node.config).data
    if (node.disabled === true || typeof config !== 'object' || config === null) continue
    const texts = messageTexts(config)
    found.texts.push(...texts.map((text) => ({ nodeId: node.id, ...text })))
    if (!letterSteps.has(node.type)) continue
    const purpose = purposes.find((one) => one === ('purpose' in config ? config.purpose : undefined)) ?? 'nurture'
    for (const { path, text } of texts.filter(({ path: place }) => place.at(-1) === 'body')) {
      const at = path.slice(0, -1)
      const subject = texts.find((one) => one.path.join('.') === [...at, 'subject'].join('.'))?.text ?? ''
      found.letters.push({ nodeId: node.id, path: at, purpose, subject, body: text })
    }
  }
  return found
}
