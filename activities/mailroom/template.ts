/** Liquid as authors write it in messages. */
import { Liquid, LiquidError, type Template } from 'liquidjs'

/** Why a message cannot be rendered; trying again without a change would not help. */
export type RenderErrorCode =
  | 'TEMPLATE_INVALID'
  | 'TEMPLATE_VARIABLE_UNKNOWN'
  | 'ADDRESS_INVALID'
  | 'CONTENT_MISSING'
  | 'POSTCARD_TEXT_TOO_LONG'
  | 'POSTCARD_TEXT_UNPRINTABLE'
  | 'COMPANY_ADDRESS_MISSING'
  | 'PUBLIC_URL_INSECURE'

/** Thrown when a message cannot be rendered. The message names the author's template, never a lead's data. */
export class RenderError extends Error {
  readonly code: RenderErrorCode

  constructor(code: RenderErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'RenderError'
    this.code = code
  }
}

/** Templates kept parsed; authors' texts repeat for every lead. */
const parsedTemplates = 1000

/**
 * Liquid with nothing to reach: no files, no prototypes, bounded time and memory; a name nobody fills is an error. With
 * `escapes`, every value is HTML-escaped, also one an author calls `raw`: nothing that fills a message is markup.
 */
export function createLiquid(escapes: boolean): Liquid {
  const liquid = new Liquid({
    templates: {},
    strictVariables: true,
    strictFilters: true,
    // `{% if entry.course %}` and `| default:` are how an author says that a value may be absent.
    lenientIf: true,
    ownPropertyOnly: true,
    timezoneOffset: 'UTC',
    parseLimit: 1_000_000,
    renderLimit: 1000,
    memoryLimit: 10_000_000,
    ...(escapes ? { outputEscape: 'escape' as const } : {}),
  })
  liquid.registerFilter('raw', (value: unknown) => value)
  return liquid
}

/** Fills templates; remembers what it has parsed. The function it returns throws {@link RenderError}. */
export function createTemplateEngine(escapes: boolean): (text: string, scope: object) => string {
  const liquid = createLiquid(escapes)
  const parsed = new Map<string, Template[]>()
  const parse = (text: string): Template[] => {
    const known = parsed.get(text)
    if (known !== undefined) return known
    const templates = liquid.parse(text)
    if (parsed.size >= parsedTemplates) parsed.clear()
    parsed.set(text, templates)
    return templates
  }
  return (text, scope) => {
    try {
      return String(liquid.renderSync(parse(text), scope))
    } catch (error) {
      throw asRenderError(error)
    }
  }
}

function asRenderError(error: unknown): unknown {
  if (!LiquidError.is(error)) return error
  const isUnknown = error.name === 'UndefinedVariableError' || error.originalError?.name === 'UndefinedVariableError'
  // The first line only: what follows quotes the template around the error.
  const [line = ''] = error.message.split('\n')
  return isUnknown
    ? new RenderError('TEMPLATE_VARIABLE_UNKNOWN', `Nothing fills this variable: ${line}.`, error)
    : new RenderError('TEMPLATE_INVALID', `The text cannot be read: ${line}.`, error)
}
