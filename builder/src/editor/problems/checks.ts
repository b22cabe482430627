/** Keeps the list of problems true while a journey is edited: the page's own check, beside it what the server says. */
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Marks } from '../marks.ts'
import type { EditorStore } from '../store.ts'
import { openChecker } from './checker.ts'
import { merged, onlyOfServer, stillTrue, toMarks, toProblems, type ProblemsStore } from './problems-store.ts'
import type { Ground } from './protocol.ts'

/** After the last edit; typing checks once, not at each letter. */
const pauseMs = 120
/** The server renders mails for it. */
const serverPauseMs = 2000

interface ChecksOptions {
  editor: EditorStore
  problems: ProblemsStore
  marks: Pick<Marks, 'problems'>
  /** All that the server has to say of a graph. */
  askServer: (journeyId: string, graph: Graph, signal: AbortSignal) => Promise<readonly Issue[]>
}

export interface Checks {
  /** From now on journeys are checked against this, by page and server. */
  setGround(ground: Ground): void
  stop(): void
}

interface Finding {
  graph: Graph
  issues: readonly Issue[]
}

export function startChecks({ editor, problems, marks, askServer }: ChecksOptions): Checks {
  /** Results by graph: a graph is never changed in place. */
  const ownOf = new WeakMap<Graph, readonly Issue[]>()
  let own: Finding | null = null
  let server: Finding | null = null
  let ownTimer: ReturnType<typeof setTimeout> | undefined
  let serverTimer: ReturnType<typeof setTimeout> | undefined
  let asking: AbortController | null = null
  let hasGround = false
  const graphNow = (): Graph => editor.getState().content.document.graph

  /** What the server said and the page did not, as far as it still stands. */
  const extrasFor = (graph: Graph): readonly Issue[] => {
    if (server === null) return []
    return stillTrue(onlyOfServer(server.issues, ownOf.get(server.graph) ?? []), server.graph, graph)
  }
  const show = () => {
    if (own === null && server === null) return
    const graph = own?.graph ?? graphNow()
    const ownIssues = own?.issues ?? []
    const { rehearsed, current } = problems.getState()
    const found = rehearsed?.graph === graph ? rehearsed.issues : []
    const list = toProblems(merged(ownIssues, [...onlyOfServer(extrasFor(graph), ownIssues), ...found]))
    const errors = list.filter(({ severity }) => severity === 'error').length
    problems.setState({
      problems: list,
      errors,
      warnings: list.length - errors,
      document: editor.getState().content.document,
      current: list.some(({ id }) => id === current) ? current : null,
      listOf: own === null ? 'server' : 'page',
    })
    marks.problems.replace(toMarks(list))
  }
  /** While the page's own check fails, what the server says of the journey as it stands takes the place of older findings. */
  const fallBack = () => {
    if (problems.getState().failure === null || server?.graph !== graphNow()) return
    own = null
    ownOf.delete(server.graph)
  }
  const ask = async () => {
    const graph = graphNow()
    asking?.abort()
    asking = new AbortController()
    const { signal } = asking
    problems.setState({ server: 'asking' })
    try {
      const issues = await askServer(editor.getState().journey.id, graph, signal)
      if (signal.aborted) return
      server = { graph, issues }
      problems.setState({ server: 'asked' })
      fallBack()
      show()
    } catch {
      if (!signal.aborted) problems.setState({ server: 'unreachable' })
    }
  }
  const checker = openChecker({
    onChecked: (graph, issues, ms) => {
      own = { graph, issues }
      ownOf.set(graph, issues)
      problems.setState({ ms, failure: null, state: graph === graphNow() ? 'checked' : 'checking' })
      show()
    },
    onFailed: (failure) => {
      problems.setState({ state: 'failed', failure })
      // What the page found in the journey as it stands is as good as what the server did.
      if (own?.graph !== graphNow()) fallBack()
      show()
    },
  })
  const look = (pause: number) => {
    if (hasGround) problems.setState({ state: 'checking' })
    clearTimeout(ownTimer)
    clearTimeout(serverTimer)
    ownTimer = setTimeout(() => checker.check(graphNow()), pause)
    serverTimer = setTimeout(() => void ask(), serverPauseMs)
  }
  look(0)
  const stopEdits = editor.subscribe(({ content }, before) => {
    if (content.document.graph !== before.content.document.graph) look(pauseMs)
  })
  const stopRehearsed = problems.subscribe((state, before) => {
    if (state.rehearsed !== before.rehearsed) show()
  })
  return {
    setGround: (ground) => {
      hasGround = true
      checker.setGround(ground)
      look(0)
    },
    stop: () => {
      stopEdits()
      stopRehearsed()
      clearTimeout(ownTimer)
      clearTimeout(serverTimer)
      asking?.abort()
      checker.close()
    },
  }
}
