// How long what a browser keeps of a journey stays: unsaved work long, whoever's it was.
import { describe, expect, test } from 'vitest'
import { isOutdated } from '../../../builder/src/editor/saving/slots.ts'
import type { Kept } from '../../../builder/src/editor/saving/journal.ts'

const day = 86_400_000

function kept(name: string, savedName: string): Pick<Kept, 'content' | 'base' | 'writtenAt'> {
  const content = (named: string) => ({ name: named }) as Kept['content']
  return { content: content(name), base: { content: content(savedName) } as Kept['base'], writtenAt: 0 }
}

describe('a kept record', () => {
  test.each([
    ['with unsaved changes', kept('Spring', 'Winter'), 90],
    ['that the server has', kept('Spring', 'Spring'), 7],
  ])('%s is opened until its last day and thrown away after it', (_, record, days) => {
    expect(isOutdated(record, days * day)).toBe(false)
    expect(isOutdated(record, days * day + 1)).toBe(true)
  })
})
