/** Which words of a text went, came and stayed. */

export interface WordPart {
  text: string
  kind: 'same' | 'removed' | 'added'
}

/** Compared word by word up to this many table cells; longer texts are shown as one that went and one that came. */
const mostCells = 250_000

/** The parts in order; joined without `added` they are the old text, without `removed` the new one. */
export function diffWords(before: string, after: string): WordPart[] {
  const old = wordsOf(before)
  const now = wordsOf(after)
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const middleOld = old.slice(start, old.length - end)
  const middleNow = now.slice(start, now.length - end)
  return joined([
    ...old.slice(0, start).map((text): WordPart => ({ text, kind: 'same' })),
    ...middle(middleOld, middleNow),
    ...old.slice(old.length - end).map((text): WordPart => ({ text, kind: 'same' })),
  ])
}

/** Words with the blanks behind them. */
function wordsOf(text: string): string[] {
  return text.match(/\s+|[^\s]+\s*/gu) ?? []
}

function middle(old: readonly string[], now: readonly string[]): WordPart[] {
  if (old.length * now.length > mostCells) {
    return [
      { text: old.join(''), kind: 'removed' },
      { text: now.join(''), kind: 'added' },
    ]
  }
  // Length of the longest common run of words from each pair of places on.
  const width = now.length + 1
  const lengths = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const parts: WordPart[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      parts.push({ text: old[i] ?? '', kind: 'same' })
      i += 1
      j += 1
    } else if (j >= now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      parts.push({ text: old[i] ?? '', kind: 'removed' })
      i += 1
    } else {
      parts.push({ text: now[j] ?? '', kind: 'added' })
      j += 1
    }
  }
  return parts
}

/** Neighbours of a kind as one; of a run of changes first what went, then what came. */
function joined(parts: readonly WordPart[]): WordPart[] {
  const result: WordPart[] = []
  let [removed, added] = ['', '']
  const flush = (): void => {
    if (removed !== '') result.push({ text: removed, kind: 'removed' })
    if (added !== '') result.push({ text: added, kind: 'added' })
    removed = ''
    added = ''
  }
  for (const { text, kind } of parts) {
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else {
      flush()
      const last = result.at(-1)
      if (last?.kind === 'same') last.text += text
      else if (text !== '') result.push({ text, kind })
    }
  }
  flush()
  return result
}
