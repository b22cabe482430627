import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

/** Text without code, in which brackets mean something else. */
function prose(page: string): string {
  return readFileSync(page, 'utf8')
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
}

/** As GitHub names headings: lower case, words joined by dashes, punctuation gone. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Targets that are files or headings of this project: `[text](target)` and `<img src="target">`. */
function relativeLinks(page: string): string[] {
  const text = prose(page)
  const targets = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"/g)].map(
    ([, one, other]) => one ?? other,
  )
  return targets.filter((target): target is string => target !== undefined && !/^[a-z]+:/.test(target))
}

describe('documentation', () => {
  test('has links to follow', () => {
    expect(pages.flatMap(relativeLinks).length).toBeGreaterThan(10)
  })

  test.each(pages)('%s: every link within the project leads somewhere', (page) => {
    const broken = relativeLinks(page).filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), decodeURIComponent(path))
      if (!existsSync(file)) return true
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})
