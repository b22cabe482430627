/** The keys that mean something only while the canvas has the focus: walking, opening, one level out. */
import { useCallback, useEffect, useState, type FocusEvent, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../ui/announce.ts'
import { useCatalogue, useEditorStore } from '../editor-context.tsx'
import type { CanvasActions } from './canvas-actions.ts'
import { drawnPlaces } from './keep-tidy.ts'
import { firstStep, stepTowards, waysOf, type Direction } from './keyboard-walk.ts'

const directions: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
}

export function useCanvasKeys({ bridge, reveal, element }: CanvasActions) {
  const { t } = useTranslation()
  const store = useEditorStore()
  const catalogue = useCatalogue()
  const isSnapping = !useAltKey()

  const say = useCallback(
    (id: string) => {
      const { document } = store.getState().content
      const node = document.graph.nodes.find((one) => one.id === id)
      if (node === undefined) return
      const ways = waysOf(document, id, catalogue)
      const leads = ways.length === 0 ? t('ends here') : t('leads to {{count}} steps', { count: ways.length })
      announce([catalogue.titleOf(node), catalogue.summaryOf(node), leads].join(', '))
    },
    [store, catalogue, t],
  )
  const go = useCallback(
    (id: string) => {
      store.select([id])
      reveal([id])
      say(id)
    },
    [store, reveal, say],
  )

  const walk = (direction: Direction) => {
    const { selection, edge, content } = store.getState()
    const { document } = content
    if (edge !== null) {
      const ways = waysOf(document, edge.from, catalogue)
      const index = ways.findIndex(({ port }) => port === edge.port)
      if (direction === 'up') go(edge.from)
      else if (direction === 'down') go(ways[index]?.to ?? edge.from)
      else chooseWay(ways[index + (direction === 'right' ? 1 : -1)])
      return
    }
    const present = selection.findLast((id) => document.graph.nodes.some((node) => node.id === id))
    const next =
      present === undefined
        ? firstStep(document)
        : stepTowards(document, drawnPlaces(document, catalogue), catalogue, present, direction)
    if (next !== null) go(next)
  }

  const chooseWay = (way: ReturnType<typeof waysOf>[number] | undefined) => {
    if (way === undefined) return
    store.selectEdge(way)
    const { nodes } = store.getState().content.document.graph
    const [from, to] = [way.from, way.to].map((id) => nodes.find((node) => node.id === id))
    if (from === undefined || to === undefined) return
    const label = catalogue.portsOf(from).find(({ id }) => id === way.port)?.label ?? way.port
    announce(t('Connection “{{label}}” to {{to}}. Enter adds a step here.', { label, to: catalogue.titleOf(to) }))
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const isField =
      event.target instanceof HTMLElement && event.target.closest('input, textarea, select, button') !== null
    if (event.defaultPrevented || isField) return
    const { selection, edge, content } = store.getState()
    const direction = directions[event.key]
    if (direction !== undefined && !event.altKey && !event.shiftKey) {
      if (event.ctrlKey || event.metaKey) {
        const id = selection.at(-1)
        if (direction === 'down' && id !== undefined) chooseWay(waysOf(content.document, id, catalogue)[0])
      } else walk(direction)
    } else if (event.key === 'Enter') {
      if (edge !== null) bridge.openQuickAdd({ screen: wayOnScreen(element), target: { kind: 'way', way: edge } })
      else focusInspector()
    } else if (event.key === 'Escape') {
      if (edge !== null) go(edge.from)
      else if (selection.length > 1) go(selection.at(-1) ?? '')
      else store.select([])
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  const onFocus = (event: FocusEvent<HTMLElement>) => {
    // By keyboard one arrives at a step, never at nothing.
    const place = event.currentTarget
    if (event.target !== place || place.dataset['quiet'] === 'true' || !place.matches(':focus-visible')) return
    const { selection, edge, content } = store.getState()
    const id = selection.at(-1) ?? (edge === null ? firstStep(content.document) : null)
    if (id !== null) go(id)
  }
  return { onKeyDown, onFocus, isSnapping }
}

/** Where the "+" of the selected connection is, in pixels of the window. */
function wayOnScreen(element: HTMLElement): { x: number; y: number } {
  const box = (element.querySelector('[data-plus]') ?? element).getBoundingClientRect()
  return { x: box.left + box.width / 2, y: box.top + Math.min(box.height, 400) / 2 }
}

function focusInspector(): void {
  const field = document.querySelector<HTMLElement>(
    '[data-inspector] :is(input, textarea, select, button):not([disabled], [tabindex="-1"])',
  )
  field?.focus()
}

/** Whether Alt is down. */
function useAltKey(): boolean {
  const [isDown, setDown] = useState(false)
  useEffect(() => {
    const look = (event: globalThis.KeyboardEvent) => setDown(event.altKey)
    const forget = () => setDown(false)
    addEventListener('keydown', look)
    addEventListener('keyup', look)
    addEventListener('blur', forget)
    return () => {
      removeEventListener('keydown', look)
      removeEventListener('keyup', look)
      removeEventListener('blur', forget)
    }
  }, [])
  return isDown
}
