/** What a first visit loads, compressed as servers send it. A budget that grows is a decision, made here. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

interface Chunk {
  file: string
  isEntry?: boolean
  imports?: string[]
  css?: string[]
}

/**
 * KB of script and styles, gzip. Styles are 25 of the shell's; React, Mantine and the query client are most of
 * its script. The journey's editor adds React Flow, the compiler and the step catalogue, which validate as one draws.
 */
const budgets = { shell: 312, editor: 536 }

let folder: string
let manifest: Record<string, Chunk>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trellis-page-'))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const options = ['--config', 'builder/vite.config.ts', '--outDir', folder, '--emptyOutDir', '--manifest']
  await promisify(execFile)(process.execPath, [vite, 'build', ...options], {
    cwd: root,
    // As it is served, not as it is tested: React's development build is twice the size.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that is loaded with these chunks: their static imports and styles, each once. */
function loadedWith(names: readonly string[]): Set<string> {
  const files = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string) => {
    const chunk = manifest[name]
    if (chunk === undefined || seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const other of chunk.imports ?? []) visit(other)
  }
  names.forEach(visit)
  return files
}

function kilobytes(files: ReadonlySet<string>): number {
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)
  return Math.round(bytes / 1024)
}

test('the shell with the list of journeys stays within its budget', () => {
  const size = kilobytes(loadedWith(['index.html', 'src/journeys/journeys-screen.tsx']))
  expect(size).toBeGreaterThan(50)
  expect(size).toBeLessThanOrEqual(budgets.shell)
})

test('so does the editor; rules, layout engine and charts come when they are asked for', () => {
  const files = loadedWith(['index.html', 'src/editor/editor-screen.tsx'])
  const size = kilobytes(files)
  expect(size).toBeGreaterThan(kilobytes(loadedWith(['index.html'])))
  expect(size).toBeLessThanOrEqual(budgets.editor)
  const later = Object.values(manifest).map(({ file }) => file)
  for (const part of ['querybuilder', 'org.eclipse.elk', 'sankey']) {
    const where = later.filter(
      (file) => file.endsWith('.js') && readFileSync(join(folder, file), 'utf8').includes(part),
    )
    expect(where.filter((file) => files.has(file))).toEqual([])
  }
})

test('every Mantine component in the scripts has its styles', () => {
  const files = Object.values(manifest).flatMap(({ file, css = [] }) => [file, ...css])
  const read = (ending: string) =>
    [...new Set(files)]
      .filter((file) => file.endsWith(ending))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
  const [scripts, styles] = [read('.js'), read('.css')]
  const all = fileURLToPath(new URL('../../node_modules/@mantine/core/styles/', import.meta.url))
  const missing = readdirSync(all)
    .filter((file) => file.endsWith('.css') && !file.endsWith('.layer.css'))
    .filter((file) => {
      const names = new Set(readFileSync(join(all, file), 'utf8').match(/\bm_[0-9a-f]{6,}\b/g))
      return [...names].some((name) => scripts.includes(name) && !styles.includes(name))
    })
  expect(missing, 'to be imported in builder/src/ui/mantine-styles.ts').toEqual([])
})
