/** Cards as a PDF for a printer: two pages each, picture side and address side, with bleed, boxes and embedded fonts. */
import { PassThrough, type Readable } from 'node:stream'
import PdfDocument from 'pdfkit'
import { create as createQrCode } from 'qrcode'
import type { CompanyProfile } from '#engine/company.ts'
import type { PrintedCard } from '#db/schema/print.ts'
import { bleed, layOutCard, page, places, trim, type CardProblem, type LaidOutCard, type Place } from './card.ts'
import type { FittedText } from './fit-text.ts'
import { registerFonts, type Face } from './fonts.ts'

export interface PdfOptions {
  company: Pick<CompanyProfile, 'name' | 'postalAddress' | 'accentColour'>
  /** PNG or JPEG. */
  logo: Buffer | null
  /** Pictures of fronts by their address; every one that a card names must be there. */
  images: ReadonlyMap<string, Buffer>
  /** Says PROOF across each page: a PDF that no person has approved must not end up at the printer. */
  isProof: boolean
  title: string
}

/** Thrown for a card that does not fit: rendering has checked it, so its company or its fonts have changed since. */
export class CardDoesNotFit extends Error {
  readonly code = 'CARD_DOES_NOT_FIT'
  readonly problems: readonly CardProblem[]

  constructor(problems: readonly CardProblem[]) {
    super(`A card does not fit: ${problems.map(({ part, kind }) => `${part} ${kind}`).join(', ')}.`)
    this.name = 'CardDoesNotFit'
    this.problems = problems
  }
}

const ink = '#1a1a1a'
const leadings = { headline: 1.2, message: 1.32, link: 1.25, address: 1.3, from: 1.25 }

/** @throws {CardDoesNotFit} before anything is written. */
export function cardsPdf(cards: readonly PrintedCard[], options: PdfOptions): Readable {
  const laidOut = cards.map((card) => {
    const result = layOutCard(card, options.company)
    if (result.card === null) throw new CardDoesNotFit(result.problems)
    return { card, layout: result.card }
  })
  const document = new PdfDocument({
    size: [page.width, page.height],
    margin: 0,
    autoFirstPage: false,
    info: { Title: options.title, Creator: 'Trellis' },
  })
  registerFonts(document)
  const out = new PassThrough()
  document.pipe(out)
  for (const { card, layout } of laidOut) {
    addPage(document)
    drawFront(document, card, layout, options)
    finishPage(document, options)
    addPage(document)
    drawBack(document, card, layout)
    finishPage(document, options)
  }
  document.end()
  return out
}

/** One page; from here on, coordinates are those of the trimmed card. */
function addPage(document: PDFKit.PDFDocument): void {
  document.addPage()
  const box = [bleed, bleed, bleed + trim.width, bleed + trim.height]
  // PDF 1.7 §14.11.2: the whole page is bleed, the card is what is left after cutting.
  const { data } = document.page.dictionary as unknown as { data: Record<string, unknown> }
  data['BleedBox'] = [0, 0, page.width, page.height]
  data['TrimBox'] = box
  document.save().translate(bleed, bleed)
}

function finishPage(document: PDFKit.PDFDocument, { isProof }: PdfOptions): void {
  if (isProof) {
    document
      .save()
      .rotate(-30, { origin: [trim.width / 2, trim.height / 2] })
      .font('bold')
      .fontSize(90)
      .fillColor('#cc0000', 0.35)
      .text('PROOF', 0, trim.height / 2 - 60, { width: trim.width, align: 'center', lineBreak: false })
      .restore()
  }
  document.restore()
}

function drawFront(document: PDFKit.PDFDocument, card: PrintedCard, layout: LaidOutCard, options: PdfOptions): void {
  const { company, logo, images } = options
  const image = card.image === undefined ? undefined : images.get(card.image)
  const whole: Place = { x: -bleed, y: -bleed, width: page.width, height: page.height }
  document.rect(whole.x, whole.y, whole.width, whole.height).fill(company.accentColour)
  const textColour = isDark(company.accentColour) ? '#ffffff' : ink
  const height = layout.headline.lines.length * layout.headline.size * leadings.headline
  const top = places.headline.y + places.headline.height - height
  if (image !== undefined) {
    document.image(image, whole.x, whole.y, { cover: [whole.width, whole.height], align: 'center', valign: 'center' })
    const panel = top - 14
    // A band in the company's colour: a headline is read on any picture.
    document
      .save()
      .rect(whole.x, panel, whole.width, trim.height + bleed - panel)
      .fillOpacity(0.88)
      .fill(company.accentColour)
      .restore()
  }
  drawLines(document, layout.headline, { ...places.headline, y: top }, 'bold', leadings.headline, textColour)
  if (logo !== null) {
    const { x, y, width, height: logoHeight } = places.logo
    document
      .save()
      .roundedRect(x - 4, y - 4, width + 8, logoHeight + 8, 4)
      .fill('#ffffff')
      .restore()
    document.image(logo, x, y, { fit: [width, logoHeight], align: 'center', valign: 'center' })
  } else if (image === undefined) {
    const name: FittedText = { lines: layout.from.lines.slice(0, 1), size: 13 }
    drawLines(document, name, places.logo, 'bold', 1.2, textColour)
  }
}

function drawBack(document: PDFKit.PDFDocument, card: PrintedCard, layout: LaidOutCard): void {
  drawLines(document, layout.message, places.message, 'regular', leadings.message, ink)
  document.moveTo(214, places.from.y).lineTo(214, 232).lineWidth(0.5).stroke('#bbbbbb')
  drawLines(document, layout.from, places.from, 'regular', leadings.from, ink)
  drawLines(document, layout.address, places.address, 'regular', leadings.address, ink)
  if (card.link === undefined || layout.link === null) return
  drawQrCode(document, card.link, places.qr)
  drawLines(document, layout.link, places.link, 'bold', leadings.link, ink)
}

function drawLines(
  document: PDFKit.PDFDocument,
  text: FittedText,
  place: Place,
  face: Face,
  leading: number,
  colour: string,
): void {
  document.font(face).fontSize(text.size).fillColor(colour, 1)
  for (const [index, line] of text.lines.entries()) {
    document.text(line, place.x, place.y + index * text.size * leading, { lineBreak: false })
  }
}

/** As shapes, sharp at any size; level M survives a scratch. The white around it is the quiet zone (ISO 18004 §6.3.8). */
function drawQrCode(document: PDFKit.PDFDocument, text: string, { x, y, width }: Place): void {
  const { modules } = createQrCode(text, { errorCorrectionLevel: 'M' })
  const side = width / modules.size
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column) !== 0) document.rect(x + column * side, y + row * side, side, side)
    }
  }
  document.fillColor(ink, 1).fill()
}

/** Relative luminance (WCAG 2.2) below which white text reads better than black. */
function isDark(colour: string): boolean {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  const [red = 0, green = 0, blue = 0] = channels
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.18
}
