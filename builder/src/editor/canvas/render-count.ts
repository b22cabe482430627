/** Counts how often parts of the canvas are drawn, for the tests that hold the numbers of docs/benchmarks.md. */
declare global {
  /** Set by a test before the page loads; absent otherwise, and then nothing is counted. */
  var __trellisRenders: Record<string, number> | undefined
}

export function countRender(part: 'card' | 'footer' | 'note' | 'edge' | 'canvas', id = ''): void {
  const counts = globalThis.__trellisRenders
  if (counts === undefined) return
  for (const key of [part, `${part} ${id}`]) counts[key] = (counts[key] ?? 0) + 1
}
