// How long what a browser keeps of a journey stays: unsaved work long, whoever's it was.
import { describe, expect, test } from 'vitest'
import { holdByMessages } from '../../../builder/src/editor/saving/hold-by-messages.ts'
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

describe('a lock without locks', () => {
  const hold = (name: string) => holdByMessages(name, 'slots.test')

  test('is held by one tab until it lets go, whatever it is asked for meanwhile', async () => {
    const release = await hold('a')
    expect(release).not.toBeNull()
    expect(await hold('a')).toBeNull()
    const other = await hold('b')
    expect(other).not.toBeNull()
    release?.()
    const again = await hold('a')
    expect(again).not.toBeNull()
    again?.()
    other?.()
  })

  test('of tabs that ask at the same moment one gets it', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => hold('c')))
    expect(all.filter((one) => one !== null)).toHaveLength(1)
    for (const one of all) one?.()
  })
})
