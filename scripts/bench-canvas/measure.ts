/** One reading of one page: opened, then panned, dragged and zoomed; ours edited, checked and tidied besides. */
import type { Page } from 'playwright-core'
import type { JourneyDocument } from '#engine/graph/document.ts'
import { gestures, whenReady, type Gesture } from './in-page.ts'
import type { BenchPage } from './page.ts'

const window = { width: 1440, height: 900 }

export interface Reading {
  /** ms since navigation. */
  ready: number
  fps: Record<Gesture, number>
  /** ms of script over the forty frames. */
  script: Record<Gesture, number>
  /** By name of the gate. */
  values: Record<string, number>
}

/** One page: opened, then panned, dragged and zoomed. */
export async function measure(
  { browser, url }: BenchPage,
  kind: 'bare' | 'ours',
  document: JourneyDocument,
  view: 'near' | 'far',
): Promise<Reading> {
  const context = await browser.newContext({ viewport: window, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    page.on('pageerror', (error) => process.stderr.write(`${kind}: ${error.message}\n`))
    const dragged = middleStep(document)
    const bench = JSON.stringify({ kind, document, view, dragged })
    await page.addInitScript(`globalThis.__bench = ${bench}; globalThis.__trellisRenders = {}`)
    await page.goto(url)
    const ready = Number(await page.evaluate(whenReady))
    const devtools = await context.newCDPSession(page)
    await devtools.send('Performance.enable')
    const scriptNow = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0) * 1000
    }
    const renders = async (): Promise<number> => Number(await page.evaluate('globalThis.__trellisRenders.card ?? 0'))
    const reading: Reading = {
      ready,
      fps: { pan: 0, drag: 0, zoom: 0 },
      script: { pan: 0, drag: 0, zoom: 0 },
      values: {},
    }
    for (const gesture of ['pan', 'drag', 'zoom'] as const) {
      const [script, cards] = [await scriptNow(), await renders()]
      reading.fps[gesture] = Number(await page.evaluate(gestures[gesture]))
      reading.script[gesture] = (await scriptNow()) - script
      if (gesture === 'drag' && kind === 'ours')
        reading.values['card renders, drag 40 frames'] = (await renders()) - cards
    }
    if (kind === 'ours' && view === 'near')
      Object.assign(reading.values, await measureEdits(page, dragged, renders, scriptNow))
    return reading
  } finally {
    await context.close()
  }
}

async function measureEdits(
  page: Page,
  step: string,
  renders: () => Promise<number>,
  scriptNow: () => Promise<number>,
): Promise<Record<string, number>> {
  const twoFrames = 'await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame)'
  const counted = async (act: string): Promise<number> => {
    const before = await renders()
    await page.evaluate(`(async () => { ${act}; ${twoFrames} })()`)
    return (await renders()) - before
  }
  const near = (await page.evaluate(
    `[...document.querySelectorAll('[data-step]')].map((card) => card.dataset.step).filter((id) => id !== ${JSON.stringify(step)})`,
  )) as string[]
  const ticked = await counted(`globalThis.__bench.tick(${JSON.stringify(near.slice(0, 3))})`)
  await counted(`globalThis.__bench.select(${JSON.stringify(step)})`)
  const selected = await counted(`globalThis.__bench.select(${JSON.stringify(near[0])})`)
  const script: number[] = []
  for (let edit = 0; edit < 5; edit += 1) {
    const before = await scriptNow()
    await page.evaluate(`(async () => { globalThis.__bench.insert(${JSON.stringify(step)}); ${twoFrames} })()`)
    script.push((await scriptNow()) - before)
  }
  const tidied = (await page.evaluate('globalThis.__bench.tidy()')) as { first: number; warm: number }
  const checked = (await page.evaluate('globalThis.__bench.check()')) as {
    first: number
    whole: number
    edited: number
  }
  return {
    'card renders, counts tick on 3': ticked,
    'card renders, selecting': selected,
    'edit, relayout, painted: script': script.toSorted((a, b) => a - b)[2] ?? Infinity,
    'tidy up (ELK, warm)': tidied.warm,
    'tidy up, the first time in a page (ms)': tidied.first,
    'check the whole journey (worker, warm)': checked.whole,
    'check, the first time in a page (ms)': checked.first,
    'check after an edit of one step (ms)': checked.edited,
  }
}

/** A step about half way down with one way on. */
function middleStep({ graph }: JourneyDocument): string {
  const plain = graph.nodes.filter(({ type }) => type === 'wait')
  return plain[Math.floor(plain.length / 2)]?.id ?? 'entry'
}
