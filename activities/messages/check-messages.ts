/** Everything that can be said about a graph's messages, beside what the compiler sees: it knows no Liquid and no MJML. */
import { emptyCompanyProfile, type CompanyProfile } from '#engine/company.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { checkPostcards } from '../postcards/check-postcards.ts'
import { kindOfBody } from './body-kind.ts'
import { checkLiquid } from './check-liquid.ts'
import { compileMjml } from './compile-mjml.ts'
import { addressLine } from './layout.ts'
import { messagesOf, type Letter } from './letters.ts'
import { lintLetter } from './lint-letter.ts'
import { hashOfSource } from './mjml-store.ts'
import { isMarketing } from './sender.ts'

export interface MessageCheckContext {
  library: Library
  registry: Pick<StepRegistry, 'get'>
  /** Null: not known, and not looked at. */
  company: CompanyProfile | null
  /** Mail really leaves: what the company owes its readers is an error, not a warning. */
  isLive: boolean
}

export interface CheckedMessages {
  issues: Issue[]
  /** The compiled MJML, to be kept with the version. */
  bodies: { hash: string; html: string }[]
}

/** Compiles and checks. Pure but for the time MJML takes: the same graph has the same result. */
export async function checkMessages(graph: Graph, context: MessageCheckContext): Promise<CheckedMessages> {
  const { texts, letters } = messagesOf(graph, context.registry)
  const issues = texts.flatMap((text) => checkLiquid(text, context.library))
  const bodies = new Map<string, string>()
  for (const letter of letters) {
    const { html, problems } = await compileLetter(letter)
    issues.push(...problems, ...lintLetter(letter, html))
    if (html !== null) bodies.set(hashOfSource(letter.body), html)
  }
  const company = context.company ?? emptyCompanyProfile()
  issues.push(...checkPostcards(graph, { ...context, company }), ...checkCompany(graph, letters, context))
  return { issues, bodies: Array.from(bodies, ([hash, html]) => ({ hash, html })) }
}

async function compileLetter({ nodeId, path, body }: Letter): Promise<{ html: string | null; problems: Issue[] }> {
  if (kindOfBody(body) !== 'mjml') return { html: null, problems: [] }
  const { html, problems } = await compileMjml(body)
  return {
    html,
    problems: problems.map(({ line, message }) => ({
      code: 'MESSAGE_MJML_INVALID',
      severity: 'error',
      nodeId,
      path: [...path, 'body'],
      message: `Line ${String(line)}: ${message}`,
    })),
  }
}

/** Who writes to leads says who it is and where (CAN-SPAM, 15 USC 7704(a)(5)(A)(iii); CASL s. 6(2)(b)). */
function checkCompany(graph: Graph, letters: readonly Letter[], { company, isLive }: MessageCheckContext): Issue[] {
  if (company === null) return []
  const severity = isLive ? 'error' : 'warning'
  const issues: Issue[] = []
  const then = isLive ? '' : ' Until then it cannot be sent to real leads.'
  if (addressLine(company) === '' && letters.some(({ purpose }) => isMarketing(purpose))) {
    const message = `Marketing mail must name the company's postal address, and the company's profile has none; fill it in (trellis company set).${then}`
    issues.push({ code: 'COMPANY_ADDRESS_MISSING', severity, path: [], message })
  }
  const { sender } = graph.settings
  if (letters.length > 0 && company.from === undefined && typeof sender !== 'object') {
    const message = `Nobody is named as the sender of mails; set "from" in the company's profile (trellis company set), or give the journey a sender.${then}`
    issues.push({ code: 'COMPANY_FROM_MISSING', severity, path: [], message })
  }
  return issues
}
