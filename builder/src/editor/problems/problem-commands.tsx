/** F8 walks the problems. */
import { useCommands } from '../../commands/registry.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import { fixesFor } from '#engine/fixes/fixes-for.ts'
import { applyFix } from './apply-fix.ts'
import { walkProblems } from './go-to-problem.ts'
import { useProblems, useProblemsStore, type Problem } from './problems-store.ts'
import { t } from '../../i18n/t.ts'

export function ProblemCommands() {
  const editor = useEditorStore()
  const problems = useProblemsStore()
  const catalogue = useCatalogue()
  const count = useProblems((state) => state.problems.length)
  const places = { editor, problems, catalogue }
  const present = (): Problem | undefined => {
    const { problems: list, current } = problems.getState()
    return list.find(({ id }) => id === current)
  }
  const fix = () => {
    const problem = present()
    const { context, document } = problems.getState()
    if (problem === undefined || context === null || document === null) return undefined
    const first = fixesFor(problem, { ...context, document })[0]
    return first === undefined ? undefined : { problem, first }
  }
  useCommands([
    {
      id: 'problems.next',
      title: t('Next problem'),
      group: 'Go to',
      keys: ['f8'],
      worksInFields: true,
      isEnabled: () => count > 0,
      run: () => walkProblems(places, 1),
    },
    {
      id: 'problems.previous',
      title: t('Previous problem'),
      group: 'Go to',
      keys: ['shift+f8'],
      worksInFields: true,
      isEnabled: () => count > 0,
      run: () => walkProblems(places, -1),
    },
    {
      id: 'problems.fix',
      title: () => {
        const found = fix()
        return found === undefined ? 'Fix this problem' : `Fix: ${found.first.title}`
      },
      group: 'Edit',
      keys: ['mod+.'],
      worksInFields: true,
      isEnabled: () => editor.getState().isEditable && fix() !== undefined,
      run: () => {
        const found = fix()
        if (found !== undefined) applyFix(found.first, found.problem, places)
      },
    },
  ])
  return null
}
