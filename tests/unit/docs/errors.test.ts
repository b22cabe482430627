import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { engineErrorCodes } from '#engine/errors.ts'
import { issueCodes } from '#engine/issues.ts'
import { gateReasons } from '#engine/vocabulary.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of the table under a heading: code, cause, remedy. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

describe('docs/errors.md', () => {
  test.each([
    ['Issues', issueCodes],
    ['Engine errors', engineErrorCodes],
    ['Gate reasons', gateReasons],
  ])('%s: explains every code, once, in the order of the source, and no others', (heading, codes) => {
    expect(rowsUnder(heading).map(([code]) => code)).toEqual(codes.map((code) => `\`${code}\``))
  })

  test.each(['Issues', 'Engine errors', 'Gate reasons'])('%s: every code has a cause and a remedy', (heading) => {
    const incomplete = rowsUnder(heading).filter(
      (cells) => cells.length !== 3 || cells.slice(1).some((cell) => !/\.\)?$/.test(cell)),
    )
    expect(incomplete).toEqual([])
  })
})
