/** Checks the open journey after each edit and lets every part of the editor know. */
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useStore } from 'zustand'
import type { Issue } from '#engine/issues.ts'
import { checkJourney } from '#server/contract/drafts.ts'
import { call } from '../../api/client.ts'
import { useLibrary } from '../../forms/sources.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { useMarks } from '../marks.ts'
import { startChecks, type Checks } from './checks.ts'
import { ProblemCommands } from './problem-commands.tsx'
import { createProblemsStore, ProblemsStoreProvider, type ProblemsStore } from './problems-store.ts'

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

function useChecks(problems: ProblemsStore): void {
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const marks = useMarks()
  const { data: library, error, refetch } = useLibrary()
  const attempt = useStore(problems, (state) => state.attempt)
  const checks = useRef<Checks | null>(null)
  useEffect(() => {
    const started = startChecks({
      editor,
      problems,
      marks,
      askServer: async (journey, graph, signal) =>
        (await call(checkJourney, { params: { journey }, body: { graph } }, signal)).issues as Issue[],
    })
    checks.current = started
    return () => {
      started.stop()
      checks.current = null
    }
  }, [editor, marks, problems, attempt])

  // After the one above: each attempt's worker is told what it checks against.
  useEffect(() => {
    if (library === undefined) return
    const journeys = library.journeys.map(({ key }) => key)
    checks.current?.setGround({ manifests: catalogue.manifests, library: library.library, journeys })
    problems.setState({
      context: { library: library.library, journeys: new Set(journeys), registry: catalogue.registry },
    })
  }, [catalogue, library, editor, marks, problems, attempt])

  // Without the library nothing is checked here. Each failed reading is an error of its own, and said anew.
  const obstacle = library === undefined ? error : null
  useEffect(() => {
    if (obstacle !== null) problems.setState({ state: 'failed', failure: obstacle.message })
  }, [obstacle, problems])
  const isWithout = library === undefined
  useEffect(() => {
    if (attempt > 0 && isWithout) void refetch()
  }, [attempt, isWithout, refetch])
}
