/** The canvas in the command registry: menus, keys, palette and the sheet of shortcuts come from here. */
import { useTranslation } from 'react-i18next'
import { useReactFlow } from 'reactflow'
import { entryType } from '#engine/graph/document.ts'
import { useCommands, type Command } from '../../commands/registry.ts'
import { announce } from '../../ui/announce.ts'
import { useEditorStore } from '../editor-context.tsx'
import type { CanvasActions } from './canvas-actions.ts'
import { glideMs } from './glide.ts'
import { streamOf } from './keyboard-walk.ts'
import { boundsOf, fitView } from './viewport.ts'

export function useCanvasCommands({
  bridge,
  edits,
  remove,
  tidyUp,
  renaming,
  boxesOf,
  sizeNow,
  centre,
}: CanvasActions): void {
  const { t } = useTranslation()
  const store = useEditorStore()
  const flow = useReactFlow()
  const selection = () => store.getState().selection
  const steps = () => {
    const { nodes } = store.getState().content.document.graph
    return selection().filter((id) => nodes.some((node) => node.id === id))
  }
  const isEditable = () => store.getState().isEditable
  const hasSteps = () => isEditable() && steps().length > 0
  const show = (ids: readonly string[]) => {
    const bounds = boundsOf(boxesOf(ids))
    if (bounds !== null) void flow.setViewport(fitView(bounds, sizeNow()), { duration: glideMs() })
  }
  const everything = () => {
    const { graph, layout } = store.getState().content.document
    return [...graph.nodes, ...layout.notes].map(({ id }) => id)
  }
  const selectStream = (way: 'down' | 'up') => {
    const ids = streamOf(store.getState().content.document, steps(), way)
    store.select(ids)
    announce(t('{{count}} selected', { count: ids.length }))
  }

  const editing: Command[] = [
    {
      id: 'canvas.add',
      title: t('Add a step'),
      group: 'Steps',
      keys: ['n', '/'],
      menus: ['pane', 'edge', 'step'],
      isEnabled: isEditable,
      run: () => bridge.openQuickAdd(),
    },
    {
      id: 'canvas.note',
      title: t('Add a note'),
      group: 'Steps',
      keys: ['shift+s'],
      menus: ['pane'],
      isEnabled: isEditable,
      run: () => {
        const [box] = boxesOf(steps().slice(-1))
        edits.addNote(box === undefined ? centre() : { x: box.x + box.width + 40, y: box.y })
      },
    },
    {
      id: 'canvas.delete',
      title: t('Delete'),
      group: 'Edit',
      keys: ['delete', 'backspace'],
      menus: ['step', 'note', 'edge'],
      isEnabled: () => isEditable() && (selection().length > 0 || store.getState().edge !== null),
      run: () => {
        const { edge } = store.getState()
        if (edge === null) remove(selection())
        else edits.disconnect(edge)
      },
    },
    {
      id: 'canvas.duplicate',
      title: t('Duplicate'),
      group: 'Edit',
      keys: ['mod+d'],
      menus: ['step'],
      isEnabled: hasSteps,
      run: () => edits.duplicate(steps()),
    },
    {
      id: 'canvas.disable',
      title: t('Switch off or on'),
      group: 'Steps',
      keys: ['d'],
      menus: ['step'],
      isEnabled: hasSteps,
      run: () => edits.toggle(steps()),
    },
    {
      id: 'canvas.rename',
      title: t('Rename'),
      group: 'Steps',
      keys: ['f2'],
      menus: ['step'],
      isEnabled: () => isEditable() && steps().length === 1,
      run: () => renaming.set(steps()[0] ?? null),
    },
    {
      id: 'canvas.moveEarlier',
      title: t('Move earlier'),
      group: 'Steps',
      keys: ['alt+arrowup'],
      menus: ['step'],
      isEnabled: () => isEditable() && steps().length === 1,
      run: () => edits.moveAlong(steps()[0] ?? '', 'up'),
    },
    {
      id: 'canvas.moveLater',
      title: t('Move later'),
      group: 'Steps',
      keys: ['alt+arrowdown'],
      menus: ['step'],
      isEnabled: () => isEditable() && steps().length === 1,
      run: () => edits.moveAlong(steps()[0] ?? '', 'down'),
    },
    {
      id: 'canvas.tidy',
      title: t('Tidy up'),
      group: 'Edit',
      keys: ['shift+alt+t'],
      menus: ['pane', 'step'],
      isEnabled: isEditable,
      run: tidyUp.selection,
    },
  ]
  const looking: Command[] = [
    {
      id: 'canvas.fit',
      title: t('Show all'),
      group: 'View',
      keys: ['shift+1'],
      menus: ['pane'],
      run: () => show(everything()),
    },
    {
      id: 'canvas.fitSelection',
      title: t('Show what is selected'),
      group: 'View',
      keys: ['shift+2'],
      menus: ['step'],
      isEnabled: () => selection().length > 0,
      run: () => show(selection()),
    },
    {
      id: 'canvas.zoom100',
      title: t('Zoom to 100 %'),
      group: 'View',
      keys: ['mod+0', '0'],
      run: () => void flow.zoomTo(1, { duration: glideMs() }),
    },
    {
      id: 'canvas.zoomIn',
      title: t('Zoom in'),
      group: 'View',
      keys: ['+'],
      run: () => void flow.zoomIn({ duration: glideMs() }),
    },
    {
      id: 'canvas.zoomOut',
      title: t('Zoom out'),
      group: 'View',
      keys: ['-'],
      run: () => void flow.zoomOut({ duration: glideMs() }),
    },
    {
      id: 'canvas.selectDown',
      title: t('Select all that follows'),
      group: 'Edit',
      keys: ['shift+arrowright'],
      menus: ['step'],
      isEnabled: () => steps().length > 0,
      run: () => selectStream('down'),
    },
    {
      id: 'canvas.selectUp',
      title: t('Select all that leads here'),
      group: 'Edit',
      keys: ['shift+arrowleft'],
      menus: ['step'],
      isEnabled: () => steps().length > 0,
      run: () => selectStream('up'),
    },
    {
      id: 'canvas.selectAll',
      title: t('Select everything'),
      group: 'Edit',
      keys: ['mod+a'],
      run: () => store.select(everything()),
    },
    {
      id: 'canvas.entry',
      title: t('Go to the entry'),
      group: 'View',
      keys: ['home'],
      run: () => {
        const id = store.getState().content.document.graph.nodes.find(({ type }) => type === entryType)?.id
        if (id === undefined) return
        store.select([id])
        const [box] = boxesOf([id])
        if (box !== undefined)
          void flow.setCenter(box.x + box.width / 2, box.y + 200, { zoom: flow.getZoom(), duration: glideMs() })
      },
    },
  ]
  useCommands([...editing, ...looking])
}
