/** Checks the open journey after each edit and lets every part of the editor know. */
import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import { checkJourney } from '#server/contract/drafts.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { useMarks } from '../marks.ts'
import { openChecker, type Checker } from './checker.ts'
import { ProblemCommands } from './problem-commands.tsx'
import {
  createProblemsStore,
  merged,
  onlyOfServer,
  ProblemsStoreProvider,
  stillTrue,
  toMarks,
  toProblems,
  type ProblemsStore,
} from './problems-store.ts'

/** After the last edit; typing checks once, not at each letter. */
const pauseMs = 120
/** The server renders mails for it. */
const serverPauseMs = 2000

export function ProblemsProvider({ children }: { children: ReactNode }) {
  const [problems] = useState(createProblemsStore)
  useChecks(problems)
  return (
    <ProblemsStoreProvider value={problems}>
      <ProblemCommands />
      {children}
    </ProblemsStoreProvider>
  )
}

/** Results by graph: a graph is never changed in place. */
interface Known {
  own: WeakMap<Graph, readonly Issue[]>
  /** What only the server saw, and of which graph. */
  extras: { graph: Graph; issues: readonly Issue[] } | null
}

function useChecks(problems: ProblemsStore): void {
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const marks = useMarks()
  const library = useLibrary().data
  const checker = useRef<Checker | null>(null)
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const known: Known = { own: new WeakMap(), extras: null }
    let own: { graph: Graph; issues: readonly Issue[] } | null = null
    let ownTimer: ReturnType<typeof setTimeout> | undefined
    let serverTimer: ReturnType<typeof setTimeout> | undefined
    let asking: AbortController | null = null
    const graphNow = (): Graph => editor.getState().content.document.graph

    const show = () => {
      if (own === null) return
      const extras = known.extras === null ? [] : stillTrue(known.extras.issues, known.extras.graph, own.graph)
      const { rehearsed } = problems.getState()
      const found = rehearsed?.graph === own.graph ? rehearsed.issues : []
      const list = toProblems(merged(own.issues, [...onlyOfServer(extras, own.issues), ...found]))
      const errors = list.filter(({ severity }) => severity === 'error').length
      const { current } = problems.getState()
      problems.setState({
        problems: list,
        errors,
        warnings: list.length - errors,
        document: editor.getState().content.document,
        current: list.some(({ id }) => id === current) ? current : null,
        state: own.graph === graphNow() ? 'checked' : 'checking',
        failure: null,
      })
      marks.problems.replace(toMarks(list))
    }
    const askServer = async () => {
      const graph = graphNow()
      asking?.abort()
      asking = new AbortController()
      const { signal } = asking
      problems.setState({ server: 'asking' })
      try {
        const { issues } = await call(
          checkJourney,
          { params: { journey: editor.getState().journey.id }, body: { graph } },
          signal,
        )
        known.extras = { graph, issues: onlyOfServer(issues as Issue[], known.own.get(graph) ?? []) }
        problems.setState({ server: 'asked' })
        show()
      } catch {
        if (!signal.aborted) problems.setState({ server: 'unreachable' })
      }
    }
    const opened = openChecker({
      onChecked: (graph, issues, ms) => {
        own = { graph, issues }
        known.own.set(graph, issues)
        problems.setState({ ms })
        show()
      },
      onFailed: (failure) => problems.setState({ state: 'failed', failure }),
    })
    checker.current = opened
    setOpen(true)
    const look = (pause: number) => {
      problems.setState({ state: 'checking' })
      clearTimeout(ownTimer)
      clearTimeout(serverTimer)
      ownTimer = setTimeout(() => opened.check(graphNow()), pause)
      serverTimer = setTimeout(() => void askServer(), serverPauseMs)
    }
    look(0)
    const stop = editor.subscribe(({ content }, before) => {
      if (content.document.graph !== before.content.document.graph) look(pauseMs)
    })
    const stopRehearsed = problems.subscribe((state, before) => {
      if (state.rehearsed !== before.rehearsed) show()
    })
    return () => {
      stop()
      stopRehearsed()
      clearTimeout(ownTimer)
      clearTimeout(serverTimer)
      asking?.abort()
      opened.close()
      checker.current = null
    }
  }, [editor, marks, problems])

  useEffect(() => {
    if (library === undefined || !isOpen) return
    const journeys = library.journeys.map(({ key }) => key)
    checker.current?.setGround({ manifests: catalogue.manifests, library: library.library, journeys })
    checker.current?.check(editor.getState().content.document.graph)
    problems.setState({
      context: { library: library.library, journeys: new Set(journeys), registry: catalogue.registry },
    })
  }, [editor, catalogue, library, isOpen, problems])
}
