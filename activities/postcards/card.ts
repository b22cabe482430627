/** A postcard of 6 × 4 inches, laid out: what stands where, at which size. Pure but for the fonts. */
import type { CompanyProfile } from '#engine/company.ts'
import { addressLines } from '#engine/postal.ts'
import type { PrintedCard } from '#db/schema/print.ts'
import {
  fitLines,
  fitText,
  fittingLength,
  printableText,
  unprintableIn,
  type FittedText,
  type TextBox,
} from './fit-text.ts'

/** Points (1/72 inch). The page is the card with its bleed on all sides. */
export const inch = 72
export const bleed = 0.125 * inch
export const trim = { width: 6 * inch, height: 4 * inch }
export const page = { width: trim.width + 2 * bleed, height: trim.height + 2 * bleed }
/** Nothing that matters is nearer to the edge: cutters drift. */
const safe = 0.1875 * inch

/** A place on the trimmed card, from its upper left corner. */
export interface Place {
  x: number
  y: number
  width: number
  height: number
}

/**
 * The address side. For the machines of the post: address block between 5/8 and 2 3/4 inches from the lower edge and half an
 * inch from the right; the lower right 4 3/4 × 5/8 inches stay empty for the bar code; the upper right corner is for postage
 * (USPS Domestic Mail Manual 202, sections 2 and 5). What suits the USPS suits the other posts' readers.
 */
export const places = {
  logo: { x: safe, y: safe, width: 130, height: 40 },
  headline: { x: safe + 8, y: 90, width: trim.width - 2 * safe - 16, height: trim.height - 90 - safe - 16 },
  message: { x: safe, y: safe, width: 182, height: 146 },
  qr: { x: safe, y: 168, width: 64, height: 64 },
  link: { x: safe + 70, y: 180, width: 112, height: 46 },
  from: { x: 226, y: safe, width: 96, height: 52 },
  postage: { x: trim.width - safe - 72, y: safe, width: 72, height: 62 },
  address: { x: 226, y: 112, width: trim.width - 0.5 * inch - 226, height: 122 },
  barCode: { x: trim.width - 4.75 * inch, y: trim.height - 0.625 * inch, width: 4.75 * inch, height: 0.625 * inch },
} satisfies Record<string, Place>

/** Smallest sizes are those that people still read at arm's length (postal bodies ask 8 points for addresses). */
const boxes = {
  headline: { ...places.headline, face: 'bold', largest: 34, smallest: 16, leading: 1.2 },
  message: { ...places.message, face: 'regular', largest: 11, smallest: 7.5, leading: 1.32 },
  link: { ...places.link, face: 'bold', largest: 9, smallest: 6, leading: 1.25 },
  address: { ...places.address, face: 'regular', largest: 11, smallest: 8, leading: 1.3 },
  from: { ...places.from, face: 'regular', largest: 7, smallest: 5, leading: 1.25 },
} satisfies Record<string, TextBox>

/** What a card cannot carry. `room`: characters that fit. */
export type CardProblem =
  | { part: 'headline' | 'message'; kind: 'too_long'; length: number; room: number }
  | { part: 'headline' | 'message' | 'address'; kind: 'unprintable'; character: string }
  | { part: 'address' | 'link'; kind: 'too_long' }

export interface LaidOutCard {
  headline: FittedText
  message: FittedText
  address: FittedText
  /** The short link as it is read, without its scheme. Null: nothing to open. */
  link: FittedText | null
  /** Who sends it, with the address of the company. */
  from: FittedText
}

/** Everything placed, or everything that is wrong. Emoji are left out; a headline is one paragraph. */
export function layOutCard(
  card: PrintedCard,
  company: Pick<CompanyProfile, 'name' | 'postalAddress'>,
): { card: LaidOutCard; problems: [] } | { card: null; problems: CardProblem[] } {
  const problems: CardProblem[] = []
  const headline = fitPart('headline', printableText(card.headline).replaceAll('\n', ' '), problems)
  const message = fitPart('message', printableText(card.message), problems)
  const address = fitAddress(card, problems)
  const link = card.link === undefined ? null : fitLink(card.link)
  if (card.link !== undefined && link === null) problems.push({ part: 'link', kind: 'too_long' })
  if (headline === null || message === null || address === null || problems.length > 0) return { card: null, problems }
  return { card: { headline, message, address, link, from: fitFrom(company) }, problems: [] }
}

function fitPart(part: 'headline' | 'message', text: string, problems: CardProblem[]): FittedText | null {
  const character = unprintableIn(text)
  if (character !== null) {
    problems.push({ part, kind: 'unprintable', character })
    return null
  }
  const fitted = fitText(text, boxes[part])
  if (fitted === null)
    problems.push({ part, kind: 'too_long', length: text.length, room: fittingLength(text, boxes[part]) })
  return fitted
}

function fitAddress({ to }: PrintedCard, problems: CardProblem[]): FittedText | null {
  const lines = addressLines(to).map((line) => printableText(line).replaceAll('\n', ' '))
  const character = unprintableIn(lines.join(''))
  if (character !== null) {
    problems.push({ part: 'address', kind: 'unprintable', character })
    return null
  }
  const fitted = fitLines(lines, boxes.address) ?? fitText(lines.join('\n'), boxes.address)
  if (fitted === null) problems.push({ part: 'address', kind: 'too_long' })
  return fitted
}

/** Broken only at its slash: somebody types it from paper. */
function fitLink(link: string): FittedText | null {
  const shown = link.replace(/^https?:\/\//, '')
  const cut = shown.lastIndexOf('/') + 1
  const inOne = fitLines([shown], boxes.link)
  const inTwo = fitLines([shown.slice(0, cut), shown.slice(cut)], boxes.link)
  return inOne === null || (inTwo !== null && inTwo.size > inOne.size) ? inTwo : inOne
}

/** The sender. Too much of it is cut rather than refused: the card's own text is not at fault. */
function fitFrom({ name, postalAddress }: Pick<CompanyProfile, 'name' | 'postalAddress'>): FittedText {
  const lines = [name, ...postalAddress.split(/\n|,\s*/)]
    .map((line) => printableText(line))
    .filter((line) => line !== '')
  const known = lines.filter((line) => unprintableIn(line) === null)
  const fitted = fitText(known.join('\n'), boxes.from)
  return (
    fitted ?? fitText(known.slice(0, 1).join('\n').slice(0, 40), boxes.from) ?? { lines: [], size: boxes.from.smallest }
  )
}
