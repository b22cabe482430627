/**
 * A journey as an SVG picture: the thumbnail of the list, the preview of a template and the file one exports are this one
 * renderer with more or less detail. Pure; the same journey gives the same bytes.
 */
import { arrange, cardSize } from '../graph/arrange.ts'
import type { JourneyDocument, Point } from '../graph/document.ts'
import type { GraphEdge, GraphNode } from '../graph/schema.ts'
import { stepCategories, type StepCategory } from '../steps/contract.ts'
import type { StepLooks } from './look.ts'

/** What is drawn: blocks of colour, or cards with their words. */
export type PictureDetail = 'thumbnail' | 'full'

/** Any CSS colour each; variables (`var(--message)`) follow the page's scheme. */
export interface PictureColours extends Record<StepCategory, string> {
  canvas: string
  surface: string
  ink: string
  muted: string
  line: string
  edge: string
}

/** The page's light tokens, for files that stand alone. */
export const lightColours: PictureColours = {
  canvas: '#f6f7f9',
  surface: '#ffffff',
  ink: '#111827',
  muted: '#5b6472',
  line: '#d5dae1',
  edge: '#8a94a3',
  entry: '#1f2937',
  message: '#1d4ed8',
  time: '#b45309',
  decision: '#7e22ce',
  survey: '#0e7490',
  sales: '#be185d',
  lead: '#15803d',
  system: '#475569',
  custom: '#475569',
}

/** The page's dark tokens, for files that follow the scheme of whoever opens them. */
export const darkColours: PictureColours = {
  canvas: '#14171c',
  surface: '#1b1f26',
  ink: '#e8ebf0',
  muted: '#a0a9b6',
  line: '#2e343e',
  edge: '#6b7686',
  entry: '#d1d5db',
  message: '#8ab0ff',
  time: '#f5b95f',
  decision: '#cba6ff',
  survey: '#67d3e8',
  sales: '#ff9cc6',
  lead: '#7bdb9b',
  system: '#a9b4c4',
  custom: '#a9b4c4',
}

/** The page's tokens by name: the picture follows light and dark by itself. */
export const pageColours: PictureColours = {
  canvas: 'var(--canvas)',
  surface: 'var(--surface)',
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  line: 'var(--hairline)',
  edge: 'var(--edge)',
  ...(Object.fromEntries(
    stepCategories.map((category) => [category, `var(--${category === 'system' ? 'custom' : category})`]),
  ) as Record<StepCategory, string>),
}

const margin = 24
/** Letters that stay within a card. */
const longest = { title: 26, summary: 30 }

/** The whole journey, in its own layout. `title` is read to those who do not see it. */
export function renderPicture(
  document: JourneyDocument,
  looks: StepLooks,
  options: { detail: PictureDetail; colours: PictureColours; title: string },
): string {
  const { detail, colours, title } = options
  const { graph } = document
  const places = arrange(document, looks.portsOf)
  const box = boundsOf(Object.values(places))
  const arriving = Map.groupBy(graph.edges, ({ to }) => to)
  const edges = graph.edges.map((edge) => drawEdge(edge)).join('')
  const cards = graph.nodes.map((node) => drawCard(node)).join('')
  const size = detail === 'full' ? ` width="${String(box.width)}" height="${String(box.height)}"` : ''
  const view = [box.x, box.y, box.width, box.height].map(String).join(' ')
  const ground =
    detail === 'full'
      ? `<rect x="${String(box.x)}" y="${String(box.y)}" width="${String(box.width)}" height="${String(box.height)}" fill="${colours.canvas}"/>`
      : ''
  return `<svg xmlns="http://www.w3.org/2000/svg"${size} viewBox="${view}" role="img" aria-label="${escapeXml(title)}" font-family="'Inter Variable', Inter, system-ui, sans-serif">${ground}${edges}${cards}</svg>`

  function drawEdge({ from, port, to }: GraphEdge): string {
    const [source, target] = [graph.nodes.find(({ id }) => id === from), places[to]]
    const start = places[from]
    if (source === undefined || start === undefined || target === undefined) return ''
    const ports = looks.portsOf(source)
    const index = ports.findIndex(({ id }) => id === port)
    const share = ports.length > 1 && index >= 0 ? (index + 1) / (ports.length + 1) : 0.5
    const [x1, y1] = [start.x + cardSize.width * share, start.y + cardSize.height]
    const [x2, y2] = [target.x + cardSize.width / 2, target.y]
    const middle = y2 > y1 ? (y1 + y2) / 2 : y1 + 24
    const path = `M${n(x1)} ${n(y1)}V${n(middle)}H${n(x2)}V${n(y2)}`
    const width = detail === 'full' ? 1.5 : 6
    const line = `<path d="${path}" fill="none" stroke="${colours.edge}" stroke-width="${String(width)}" stroke-linejoin="round"/>`
    if (detail === 'thumbnail') return line
    const head = `<path d="M${n(x2 - 5)} ${n(y2 - 8)}L${n(x2)} ${n(y2)}L${n(x2 + 5)} ${n(y2 - 8)}z" fill="${colours.edge}"/>`
    const label = ports.length > 1 ? (ports[index]?.label ?? port) : ''
    // Ways out lie close together and their ends apart; only where several meet it is the other way round, on two lines.
    const isAlone = y2 > y1 && arriving.get(to)?.length === 1
    const at = isAlone ? { x: x2 + 8, y: y2 - 10 } : { x: x1 + 6, y: y1 + 14 + (index % 2) * 12 }
    const words = label === '' ? '' : text(shorten(label, 26), { ...at, size: 11, fill: colours.muted })
    return line + head + words
  }

  function drawCard(node: GraphNode): string {
    const at = places[node.id]
    if (at === undefined) return ''
    const colour = colours[looks.categoryOf(node)]
    const faded = node.disabled === true ? ' opacity="0.45"' : ''
    const { width, height } = cardSize
    if (detail === 'thumbnail') {
      return `<rect x="${n(at.x)}" y="${n(at.y)}" width="${String(width)}" height="${String(height)}" rx="16" fill="${colour}"${faded}/>`
    }
    const [card, tile] = [
      `<rect x="${n(at.x)}" y="${n(at.y)}" width="${String(width)}" height="${String(height)}" rx="10" fill="${colours.surface}" stroke="${colours.line}"/>`,
      `<rect x="${n(at.x + 12)}" y="${n(at.y + 12)}" width="28" height="28" rx="6" fill="${colour}"/>`,
    ]
    const title = text(shorten(looks.titleOf(node), longest.title), {
      x: 52,
      y: 30,
      size: 13,
      fill: colours.ink,
      weight: 600,
    })
    const summary = text(shorten(looks.summaryOf(node), longest.summary), {
      x: 52,
      y: 50,
      size: 12,
      fill: colours.muted,
    })
    // A picture within the picture ends at its edge: in the wider faces of some systems words would leave the card.
    const words = `<svg x="${n(at.x)}" y="${n(at.y)}" width="${String(width - 6)}" height="${String(height)}">${title}${summary}</svg>`
    // What is cut off is shown under the pointer.
    const whole = `<title>${escapeXml(`${looks.titleOf(node)}\n${looks.summaryOf(node)}`.trim())}</title>`
    return `<g${faded}>${whole}${card}${tile}${words}</g>`
  }
}

function boundsOf(places: readonly Point[]): { x: number; y: number; width: number; height: number } {
  if (places.length === 0) return { x: 0, y: 0, width: cardSize.width, height: cardSize.height }
  const [left, top] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y))]
  const right = Math.max(...places.map(({ x }) => x)) + cardSize.width
  const bottom = Math.max(...places.map(({ y }) => y)) + cardSize.height
  return { x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin }
}

interface TextLook extends Point {
  size: number
  fill: string
  weight?: number
}

function text(words: string, { x, y, size, fill, weight }: TextLook): string {
  const bold = weight === undefined ? '' : ` font-weight="${String(weight)}"`
  return `<text x="${n(x)}" y="${n(y)}" font-size="${String(size)}" fill="${fill}"${bold}>${escapeXml(words)}</text>`
}

/** Two decimals at most, so that pictures stay small and the same everywhere. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100)
}

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' })

function shorten(words: string, longest: number): string {
  if (words.length <= longest) return words
  const parts = Array.from(letters.segment(words), ({ segment }) => segment)
  return parts.length > longest
    ? `${parts
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
    : words
}

/** XML text and attributes; control characters, which XML cannot hold, are left out. */
export function escapeXml(words: string): string {
  return (
    words
      // oxlint-disable-next-line no-control-regex -- these are what is taken out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
