/** Plays the open journey again whenever it, the lead or the story changes, and lights the path on the canvas. */
import { useEffect } from 'react'
import { personaThatMatches } from '#engine/simulation/persona.ts'
import { readRehearsalLeads } from '#server/contract/rehearsals.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { useMarks } from '../marks.ts'
import { pathAt } from './path-at.ts'
import { openRehearsalWorker } from './rehearsal-worker.ts'
import { readActs, toInput, triggersOf, usualStart, type Settings } from './settings.ts'
import { rangeOf, useSimulate, useSimulateStore, type SimulateStore } from './simulate-store.ts'

export function useRehearsal(): void {
  const store = useSimulateStore()
  useWorker(store)
  usePlaying(store)
  useLitPath(store)
  useSimulateAddress(store)
}

/** The worker knows what the page knows: the library, and the graph as it is drawn. */
function useWorker(store: SimulateStore): void {
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const library = useLibrary().data
  const attempt = useSimulate((one) => one.attempt)
  useEffect(() => {
    if (library === undefined) return
    const { journey } = editor.getState()
    const worker = openRehearsalWorker({
      onCompiled: (compiled, problems) =>
        store.setState({ compiled, problems, ...(compiled === null ? { state: 'blocked', run: null } : {}) }),
      onFailed: (message) => store.setState({ state: 'failed', message, run: null, isRunning: false }),
    })
    worker.setGround({
      manifests: catalogue.manifests,
      library: library.library,
      journeys: library.journeys.map(({ key }) => key),
      journey: { id: journey.id, key: journey.key },
    })
    worker.setGraph(editor.getState().content.document.graph)
    const stop = editor.subscribe(({ content }, before) => {
      if (content.document.graph !== before.content.document.graph) worker.setGraph(content.document.graph)
    })
    store.setState({ worker })
    return () => {
      stop()
      worker.close()
      store.setState({ worker: null, isRunning: false })
    }
  }, [editor, catalogue, library, store, attempt])
}

function usePlaying(store: SimulateStore): void {
  const editor = useEditorStore()
  const library = useLibrary().data?.library
  useEffect(() => {
    if (library === undefined) return
    let wanted = 0
    const play = async () => {
      const { settings, worker, compiled, replyHold } = store.getState()
      if (worker === null || compiled === null) return
      const { graph } = editor.getState().content.document
      if (settings === null) {
        await begin(store, editor.getState().journey.key, compiled, library, graph)
        return
      }
      wanted += 1
      const mine = wanted
      store.setState({ state: 'playing' })
      try {
        const answer = await worker.ask({ kind: 'play', input: toInput(settings, graph, library, replyHold) })
        if (mine !== wanted || answer.kind !== 'played') return
        const { run, ms } = answer
        const { head } = store.getState()
        const range = rangeOf(run, settings.startAt)
        // A rehearsal that nobody has moved in shows where it comes to.
        const shown =
          head === null
            ? Math.max(...run.lines.map(({ at }) => at).filter((at) => at <= range.to), range.from)
            : Math.min(range.to, Math.max(head, range.from))
        store.setState({ run, ms, state: 'ready', message: null, head: shown })
      } catch (error) {
        if (mine !== wanted) return
        store.setState({ state: 'failed', message: error instanceof Error ? error.message : String(error), run: null })
      }
    }
    void play()
    return store.subscribe((state, before) => {
      if (state.settings !== before.settings || state.compiled !== before.compiled || state.worker !== before.worker)
        void play()
    })
  }, [editor, library, store])
}

/** What the address says, else somebody whom the journey would take. */
async function begin(
  store: SimulateStore,
  journey: string,
  compiled: NonNullable<ReturnType<SimulateStore['getState']>['compiled']>,
  library: Parameters<typeof toInput>[2],
  graph: Parameters<typeof toInput>[1],
): Promise<void> {
  const parameters = new URL(location.href).searchParams
  const given = Date.parse(parameters.get('start') ?? '')
  const startAt = Number.isNaN(given) ? usualStart(graph, Date.now()) : given
  const zone = graph.settings.zone
  const rule = compiled.entryRule ?? { kind: 'always' as const }
  const triggers = triggersOf(graph)
  const by = parameters.get('by')
  const assume = parameters.get('assume')
  const settings: Settings = {
    who: { kind: 'persona', persona: personaThatMatches('Sample lead', rule, { library, startAt, zone }) },
    startAt,
    zone,
    triggerId: by === 'hand' ? null : ((triggers.find(({ id }) => id === by) ?? triggers[0])?.id ?? null),
    assume: assume === 'nothing' || assume === 'chance' ? assume : 'likely',
    happenings: readActs(parameters.get('acts')),
  }
  const head = Date.parse(parameters.get('t') ?? '')
  const lead = parameters.get('lead')
  if (lead !== null) {
    try {
      const { items, replyHold } = await call(readRehearsalLeads, {
        params: { journey },
        body: { needs: compiled.needs, leads: [lead] },
      })
      const [found] = items
      store.setState({ replyHold })
      if (found !== undefined) settings.who = { kind: 'lead', id: found.id, name: found.name, facts: found.facts }
    } catch (error) {
      store.setState({ message: error instanceof Error ? error.message : String(error) })
    }
  }
  store.setState({ settings, ...(Number.isNaN(head) ? {} : { head }) })
}

/** Only what changed is drawn again: the stores compare. */
function useLitPath(store: SimulateStore): void {
  const marks = useMarks()
  useEffect(() => {
    const show = () => {
      const { run, head, coverage } = store.getState()
      const isCovered = coverage.coverage !== null && store.getState().tab === 'coverage'
      marks.path.replace(run === null || head === null || isCovered ? new Map() : pathAt(run, head))
    }
    show()
    const stop = store.subscribe((state, before) => {
      if (
        state.run !== before.run ||
        state.head !== before.head ||
        state.tab !== before.tab ||
        state.coverage !== before.coverage
      )
        show()
    })
    return () => {
      stop()
      marks.path.replace(new Map())
    }
  }, [marks, store])
}

const addressPauseMs = 250

/** `?t=…&lead=…`: a moment of a rehearsal can be shared, and a reload comes back to it. */
function useSimulateAddress(store: SimulateStore): void {
  const editor = useEditorStore()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = () => {
      const { settings, head } = store.getState()
      const address = new URL(location.href)
      if (settings === null || address.searchParams.get('view') !== 'simulate') return
      const { who, startAt, triggerId, assume, happenings } = settings
      const first = triggersOf(editor.getState().content.document.graph)[0]?.id ?? null
      const parameters: Record<string, string | null> = {
        t: head === null ? null : new Date(head).toISOString(),
        lead: who.kind === 'lead' ? who.id : null,
        start: new Date(startAt).toISOString(),
        by: triggerId === first ? null : (triggerId ?? 'hand'),
        assume: assume === 'likely' ? null : assume,
        acts: happenings.length === 0 ? null : JSON.stringify(happenings),
      }
      for (const [name, value] of Object.entries(parameters)) {
        if (value === null) address.searchParams.delete(name)
        else address.searchParams.set(name, value)
      }
      history.replaceState(history.state, '', `${address.pathname}${address.search}`)
    }
    const stop = store.subscribe((state, before) => {
      if (state.settings === before.settings && state.head === before.head) return
      clearTimeout(timer)
      timer = setTimeout(write, addressPauseMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
      const address = new URL(location.href)
      for (const name of ['t', 'lead', 'start', 'by', 'assume', 'acts']) address.searchParams.delete(name)
      if (address.searchParams.get('view') !== 'simulate')
        history.replaceState(history.state, '', `${address.pathname}${address.search}`)
    }
  }, [editor, store])
}
