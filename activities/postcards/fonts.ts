/** The letters on postcards: Noto Sans (OFL), which has Latin, Greek and Cyrillic, embedded in each PDF. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import PdfDocument from 'pdfkit'

export type Face = 'regular' | 'bold'

const files = {
  regular: '@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf',
  bold: '@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf',
} satisfies Record<Face, string>

const loaded = new Map<Face, Buffer>()

/** The font file; read once. */
function fontFile(face: Face): Buffer {
  const known = loaded.get(face)
  if (known !== undefined) return known
  const file = readFileSync(fileURLToPath(import.meta.resolve(files[face])))
  loaded.set(face, file)
  return file
}

/** Makes both faces known to a document. */
export function registerFonts(document: PDFKit.PDFDocument): void {
  for (const face of ['regular', 'bold'] as const) document.registerFont(face, fontFile(face))
}

/** A document that is never written, for measuring. */
let ruler: PDFKit.PDFDocument | null = null
function obtainRuler(): PDFKit.PDFDocument {
  if (ruler === null) {
    ruler = new PdfDocument({ autoFirstPage: false })
    registerFonts(ruler)
  }
  return ruler
}

const widths = new Map<string, number>()

/** Width of a text in points. */
export function widthOf(text: string, face: Face, size: number): number {
  const key = `${face}${text}`
  let perPoint = widths.get(key)
  if (perPoint === undefined) {
    perPoint = obtainRuler().font(face).fontSize(100).widthOfString(text) / 100
    if (widths.size > 20_000) widths.clear()
    widths.set(key, perPoint)
  }
  return perPoint * size
}

const shapes = new Map<number, boolean>()

/** Whether the font has a shape for a character. */
export function hasShape(character: string): boolean {
  const point = character.codePointAt(0) ?? 0
  let known = shapes.get(point)
  if (known === undefined) {
    // pdfkit keeps the fontkit font of the present face there; its types do not tell.
    const { _font } = obtainRuler().font('regular') as unknown as {
      _font: { font: { hasGlyphForCodePoint(at: number): boolean } }
    }
    known = _font.font.hasGlyphForCodePoint(point)
    shapes.set(point, known)
  }
  return known
}
