/** From a problem to where it is: the step in view and selected, its setting under the keyboard. */
import { findNode } from '#engine/graph/document.ts'
import { focusField } from '../../forms/focus-field.ts'
import { t } from '../../i18n/t.ts'
import { announce } from '../../ui/announce.ts'
import { canvasView } from '../canvas-view.ts'
import type { Catalogue } from '../catalogue.ts'
import type { EditorStore } from '../store.ts'
import type { Problem, ProblemsStore } from './problems-store.ts'

interface Places {
  editor: EditorStore
  problems: ProblemsStore
  catalogue: Catalogue
}

/** Shows a problem. `stay`: the keyboard stays where it is (a list that is walked through). */
export function goToProblem(problem: Problem, { editor, problems, catalogue }: Places, stay = false): void {
  problems.setState({ current: problem.id })
  const { nodeId, path } = problem
  const list = problems.getState().problems
  const place = { at: list.findIndex(({ id }) => id === problem.id) + 1, all: list.length, message: problem.message }
  if (nodeId === undefined) {
    editor.select([])
    announce(t('Problem {{at}} of {{all}}, the journey: {{message}}', place))
    if (!stay && path.length > 0) void focusField(path[0] === 'settings' ? path.slice(1) : path)
    return
  }
  const node = findNode(editor.getState().content.document, nodeId)
  editor.select([nodeId])
  canvasView()?.reveal([nodeId])
  const step = node === undefined ? nodeId : catalogue.titleOf(node)
  announce(t('Problem {{at}} of {{all}}, {{step}}: {{message}}', { ...place, step }))
  if (stay) return
  // A way out has no setting: the step on the canvas is the place to connect it.
  if (path.length === 0 || path[0] === 'ports') canvasView()?.focus()
  else
    void focusField(path).then((isFound) => {
      if (!isFound) canvasView()?.focus()
    })
}

/** The problem after the one one is at, or before it; round and round. */
export function walkProblems(places: Places, direction: 1 | -1): void {
  const { problems: list, current, failure } = places.problems.getState()
  if (list.length === 0) {
    announce(failure === null ? t('No problems') : t('The journey could not be checked'))
    return
  }
  const at = list.findIndex(({ id }) => id === current)
  const next = list.at(at < 0 ? (direction === 1 ? 0 : -1) : (at + direction) % list.length)
  if (next !== undefined) goToProblem(next, places)
}
