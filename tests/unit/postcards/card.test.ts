import { buffer } from 'node:stream/consumers'
import { extractText, getDocumentProxy } from 'unpdf'
import { describe, expect, test } from 'vitest'
import { bleed, inch, layOutCard, places, trim } from '#activities/postcards/card.ts'
import { CardDoesNotFit, cardsPdf, type PdfOptions } from '#activities/postcards/card-pdf.ts'
import { fitText, picturesIn, printableText, unprintableIn } from '#activities/postcards/fit-text.ts'
import { widthOf } from '#activities/postcards/fonts.ts'
import type { PrintedCard } from '#db/schema/print.ts'

const company = { name: 'Acme', postalAddress: '1 High Street, Leeds', accentColour: '#1d4ed8' }
const card: PrintedCard = {
  headline: 'One minute, four questions',
  message: 'Hello Zoë,\n\nŁukasz, Ελένη and Жанна say hello.',
  link: 'https://leads.example.org/l/7f3k9qpm2x',
  to: { name: 'Zoë Łuk', company: '', line1: '1 Road', city: 'Berlin', region: '', postalCode: '10115', country: 'DE' },
}
const options: PdfOptions = { company, logo: null, images: new Map(), isProof: false, title: 'Cards' }
const problemsOf = (more: Partial<PrintedCard>) => layOutCard({ ...card, ...more }, company).problems

describe('layOutCard()', () => {
  test('shrinks a text as far as it can be read, then refuses it with what would fit', () => {
    const short = layOutCard(card, company).card
    const long = layOutCard({ ...card, message: 'word '.repeat(100) }, company).card
    expect(long?.message.size).toBeLessThan(short?.message.size ?? 0)
    const [problem] = problemsOf({ message: 'word '.repeat(300) })
    expect(problem).toMatchObject({ part: 'message', kind: 'too_long', length: 1499 })
    const room = problem !== undefined && 'room' in problem ? problem.room : 0
    expect(problemsOf({ message: 'word '.repeat(300).slice(0, room) })).toEqual([])
    expect(problemsOf({ message: 'word '.repeat(300).slice(0, room + 25) })).not.toEqual([])
  })

  test('every line stays inside its place', () => {
    const { card: layout } = layOutCard({ ...card, message: 'Wide WORDS here. '.repeat(25) }, company)
    for (const line of layout?.message.lines ?? []) {
      expect(widthOf(line, 'regular', layout?.message.size ?? 0)).toBeLessThanOrEqual(places.message.width + 0.01)
    }
  })

  test('a word that is wider than the card, an address that is too long: refused', () => {
    expect(problemsOf({ headline: 'W'.repeat(60) })).toMatchObject([{ part: 'headline', kind: 'too_long' }])
    const to = { ...card.to, line1: 'Q'.repeat(80) }
    expect(problemsOf({ to })).toEqual([{ part: 'address', kind: 'too_long' }])
  })

  test('emoji are left out; letters without a shape are refused, wherever they stand', () => {
    expect(problemsOf({ headline: 'Hello 🎉', to: { ...card.to, name: 'Łukasz 👩‍👩‍👧 🇩🇪' } })).toEqual([])
    expect(layOutCard({ ...card, to: { ...card.to, name: 'Łukasz 🎉' } }, company).card?.address.lines[0]).toBe(
      'Łukasz',
    )
    expect(problemsOf({ message: 'Hello 山田' })).toEqual([{ part: 'message', kind: 'unprintable', character: '山' }])
    expect(problemsOf({ to: { ...card.to, name: 'سارة' } })).toMatchObject([{ part: 'address', kind: 'unprintable' }])
  })

  test('what the post needs stays free: bar code, postage, and half an inch beside the address', () => {
    const overlaps = (one: keyof typeof places, other: keyof typeof places): boolean => {
      const [a, b] = [places[one], places[other]]
      return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    }
    const back = ['message', 'qr', 'link', 'from', 'postage', 'address', 'barCode'] as const
    for (const one of back)
      for (const other of back)
        if (one !== other) expect([one, other, overlaps(one, other)]).toEqual([one, other, false])
    const { address } = places
    expect(trim.width - address.x - address.width).toBeGreaterThanOrEqual(0.5 * inch)
    expect(trim.height - address.y - address.height).toBeGreaterThanOrEqual(0.625 * inch)
    expect(trim.height - address.y).toBeLessThanOrEqual(2.75 * inch)
  })
})

describe('fitText() and printableText()', () => {
  test('keeps the author’s line breaks and uses the largest size that fits', () => {
    const box = { width: 200, height: 100, face: 'regular', largest: 12, smallest: 6, leading: 1.2 } as const
    expect(fitText('One\n\nTwo', box)).toEqual({ lines: ['One', '', 'Two'], size: 12 })
    expect(fitText('', box)).toEqual({ lines: [''], size: 12 })
  })
  test('cleans controls, joiners and pictures, and keeps digits and signs', () => {
    expect(printableText('a\u0007b\tc  d\r\ne 1️⃣ #1 © ½ €')).toBe('a b c d\ne 1 #1 © ½ €')
    expect(printableText('e\u0301')).toBe('é')
    expect(picturesIn('Hi 🎉 you 🎉')).toEqual(['🎉'])
    expect(unprintableIn('Grüße – “so” 5 %\nŁé Жж Ωω')).toBeNull()
  })
})

describe('cardsPdf()', () => {
  test('is two pages per card with bleed and trim, the texts as text, every font embedded', async () => {
    const pdf = await buffer(cardsPdf([card, { ...card, link: undefined as never }], options))
    const raw = pdf.toString('latin1')
    expect(raw.match(/\/MediaBox \[0 0 450 306\]/g)).toHaveLength(4)
    const box = [bleed, bleed, bleed + trim.width, bleed + trim.height].join(' ')
    expect(raw.match(new RegExp(`/TrimBox \\[${box}\\]`, 'g'))).toHaveLength(4)
    expect(raw.match(/\/BleedBox \[0 0 450 306\]/g)).toHaveLength(4)
    const fonts = raw.match(/\/BaseFont \/([A-Z]{6}\+)?NotoSans/g) ?? []
    expect(fonts.length).toBeGreaterThan(0)
    expect(fonts.every((font) => /[A-Z]{6}\+/.test(font))).toBe(true)
    expect(raw).toContain('/FontFile2')

    const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)))
    expect(text).toHaveLength(4)
    expect(text[0]).toContain('One minute')
    expect(text[1]).toContain('Łukasz, Ελένη and Жанна say')
    expect(text[1]).toContain('10115 Berlin')
    expect(text[1]).toContain('7f3k9qpm2x')
    expect(text[3]).not.toContain('7f3k9qpm2x')
  })

  test('a proof says so on every page, the real thing on none', async () => {
    const pages = async (isProof: boolean) =>
      (
        await extractText(
          await getDocumentProxy(new Uint8Array(await buffer(cardsPdf([card], { ...options, isProof })))),
        )
      ).text
    expect((await pages(true)).map((page) => page.includes('PROOF'))).toEqual([true, true])
    expect((await pages(false)).some((page) => page.includes('PROOF'))).toBe(false)
  })

  test('a card that does not fit is refused before anything is written', () => {
    expect(() => cardsPdf([{ ...card, message: 'word '.repeat(400) }], options)).toThrow(CardDoesNotFit)
  })
})
