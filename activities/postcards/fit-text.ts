/** Text on paper: broken into lines, as large as fits, never smaller than can be read. */
import { hasShape, widthOf, type Face } from './fonts.ts'

export interface TextBox {
  /** Points. */
  width: number
  height: number
  face: Face
  /** Point sizes: tried from the largest down. */
  largest: number
  smallest: number
  /** Of the size. */
  leading: number
}

export interface FittedText {
  lines: string[]
  size: number
}

const step = 0.5

/** The largest size at which the text fits; null when even the smallest is too large. */
export function fitText(text: string, box: TextBox): FittedText | null {
  for (let size = box.largest; size >= box.smallest; size -= step) {
    const lines = breakLines(text, box, size)
    if (lines !== null && lines.length * size * box.leading <= box.height) return { lines, size }
  }
  return null
}

/** How much of the text fits at the smallest size, in characters: for telling authors by how much to shorten it. */
export function fittingLength(text: string, box: TextBox): number {
  let [fits, tooLong] = [0, text.length]
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    if (fitText(text.slice(0, middle), { ...box, largest: box.smallest }) === null) tooLong = middle
    else fits = middle
  }
  return fits
}

/** Each line on its own, at the one size that suits all; null when the longest is too wide. For addresses. */
export function fitLines(lines: readonly string[], box: TextBox): FittedText | null {
  for (let size = box.largest; size >= box.smallest; size -= step) {
    const isWide = lines.some((line) => widthOf(line, box.face, size) > box.width)
    if (!isWide && lines.length * size * box.leading <= box.height) return { lines: [...lines], size }
  }
  return null
}

/** Null when a single word is wider than the box; blank lines stay. */
function breakLines(text: string, { width, face }: TextBox, size: number): string[] | null {
  const blank = widthOf(' ', face, size)
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    let used = 0
    for (const word of paragraph.split(' ').filter((one) => one !== '')) {
      const needed = widthOf(word, face, size)
      if (needed > width) return null
      if (line !== '' && used + blank + needed > width) {
        lines.push(line)
        line = word
        used = needed
      } else {
        used += line === '' ? needed : blank + needed
        line = line === '' ? word : `${line} ${word}`
      }
    }
    lines.push(line)
  }
  return lines
}

/** Pictures, but for the signs and digits that are also text. */
const pictures = /(?![#*0-9©®™])\p{Extended_Pictographic}|\p{Regional_Indicator}/gu
/** What changes or joins pictures, and characters that cannot be seen. */
const invisible = /\p{Emoji_Modifier}|[\u200B-\u200F\u202A-\u202E\u2060-\u2069]|\uFE0E|\uFE0F|\u20E3/gu

/** Without emoji, which no printing press here knows; control characters become blanks, line breaks stay. NFC. */
export function printableText(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(pictures, '')
    .replaceAll(invisible, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .trim()
}

/** Emoji in a text. */
export function picturesIn(text: string): string[] {
  return [...new Set(text.match(pictures) ?? [])]
}

/** The first character the font has no shape for; null when all can be printed. */
export function unprintableIn(text: string): string | null {
  for (const character of text) if (character !== '\n' && !hasShape(character)) return character
  return null
}
