import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { contrastOf, themeOf } from '#server/public/theme.ts'

test('any accent colour gives text that reads (WCAG AA) on buttons and in links, light and dark', () => {
  const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)
  fc.assert(
    fc.property(colour, (accent) => {
      for (const palette of Object.values(themeOf(accent))) {
        expect(contrastOf(palette.onAccent, palette.accent)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(palette.link, palette.background)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(palette.accent, palette.background)).toBeGreaterThanOrEqual(3)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a colour that reads as it is stays as it is', () => {
  expect(themeOf('#1d4ed8').light).toMatchObject({ accent: '#1d4ed8', onAccent: '#ffffff', link: '#1d4ed8' })
})
