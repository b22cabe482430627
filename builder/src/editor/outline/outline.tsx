/** The journey as a tree grid: everything the canvas can do, by keyboard, read aloud in order. */
import { Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { changeNote } from '#engine/graph/edit.ts'
import { announce } from '../../ui/announce.ts'
import { createCanvasEdits } from '../canvas/canvas-edits.ts'
import { DeleteDialog } from '../canvas/delete-dialog.tsx'
import { QuickAdd } from '../canvas/quick-add.tsx'
import { useCatalogue, useEditor, useEditorStore } from '../editor-context.tsx'
import { focusPart } from '../focus-parts.ts'
import { ConnectDialog } from './connect-dialog.tsx'
import { NoteDialog } from './note-dialog.tsx'
import { handleOutlineKey, type Asking } from './outline-keys.ts'
import { RowCells } from './outline-row.tsx'
import classes from './outline.module.css'
import { sayRow } from './say-row.ts'
import { useOutline } from './use-outline.ts'
import { wayAfter, wayBefore } from './ways.ts'

const highRow = 52
const flatRow = 30
/** The heading that stays on top of the rows. */
const headHeight = 23

export function Outline() {
  const { t } = useTranslation()
  const editor = useEditorStore()
  const catalogue = useCatalogue()
  const isEditable = useEditor((state) => state.isEditable)
  const isPhone = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false })
  // Two lines where there is no room for columns.
  const rowHeight = isPhone ? highRow : flatRow
  const outline = useOutline()
  const { rows, at, active, selection } = outline
  const edits = useMemo(() => createCanvasEdits(editor, catalogue), [editor, catalogue])
  const [asking, setAsking] = useState<Asking | null>(null)
  const grid = useRef<HTMLDivElement>(null)
  const ids = useId()
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => grid.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: isPhone ? 0 : headHeight,
    scrollPaddingStart: isPhone ? 0 : headHeight,
    getItemKey: (index) => rows[index]?.key ?? index,
  })
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])

  const focus = () => grid.current?.focus({ preventScroll: true })
  const close = () => {
    setAsking(null)
    focus()
  }
  const ask = (next: Asking) => {
    if (next.kind !== 'delete' || edits.branchesAmong(next.ids).length > 0) setAsking(next)
    else edits.remove(next.ids)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== grid.current) return
    const page = Math.max(1, Math.floor((grid.current?.clientHeight ?? rowHeight) / rowHeight) - 1)
    const openInspector = () => focusPart('inspector')
    if (!handleOutlineKey(event, { outline, edits, isEditable, page, ask, openInspector })) return
    event.preventDefault()
    event.stopPropagation()
  }
  // A screen reader that follows the active row reads its cells; what the row is to the others is said beside it.
  const said = active === undefined ? '' : sayRow(active, catalogue, edits.nameOf)
  return (
    <div className={classes['outline']}>
      {isEditable ? (
        <Text size="xs" c="dimmed" px={12} py={4} className={classes['help'] ?? ''} id={`${ids}-help`}>
          {t(
            'Enter edits · Insert adds after, Shift+Insert before · C connects · F2 renames · D switches off · Alt+↑↓ moves · Delete removes · ←→ fold and unfold',
          )}
        </Text>
      ) : null}
      <div
        ref={grid}
        role="treegrid"
        data-outline
        tabIndex={0}
        className={classes['grid']}
        aria-label={t('Outline of the journey')}
        aria-describedby={isEditable ? `${ids}-help` : undefined}
        aria-rowcount={rows.length + 1}
        aria-colcount={4}
        aria-multiselectable
        aria-readonly={!isEditable}
        aria-activedescendant={active === undefined ? undefined : `${ids}-${String(at)}`}
        onKeyDown={onKeyDown}
      >
        <div role="row" aria-rowindex={1} className={classes['head']}>
          <div role="columnheader">{t('Step')}</div>
          <div role="columnheader">{t('What it does')}</div>
          <div role="columnheader" className={classes['figure']}>
            {t('Problems')}
          </div>
          <div role="columnheader" className={classes['figure']}>
            {t('Leads here')}
          </div>
        </div>
        <div role="rowgroup" className={classes['rows']} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <div
                key={key}
                id={`${ids}-${String(index)}`}
                role="row"
                aria-rowindex={index + 2}
                aria-level={row.level}
                aria-posinset={row.position}
                aria-setsize={row.siblings}
                aria-expanded={row.kind === 'step' && row.isBranch ? row.isExpanded : undefined}
                aria-selected={selection.includes(row.key)}
                aria-label={index === at ? said : sayRow(row, catalogue, edits.nameOf)}
                data-active={index === at}
                data-kind={row.kind}
                className={classes['row']}
                style={{ height: rowHeight, transform: `translateY(${String(start - (isPhone ? 0 : headHeight))}px)` }}
                onClick={(event) => {
                  outline.moveTo(index, event.shiftKey || event.ctrlKey || event.metaKey)
                  focus()
                }}
                onDoubleClick={() => {
                  if (row.kind === 'step' && isEditable) setAsking({ kind: 'rename' })
                }}
              >
                <RowCells
                  row={row}
                  isRenaming={asking?.kind === 'rename' && index === at}
                  onRename={(name) => {
                    if (name !== null && row.kind === 'step') {
                      edits.rename(row.key, name)
                      announce(t('Now called {{name}}', { name: edits.nameOf(row.key) }))
                    }
                    close()
                  }}
                  onFold={() => {
                    if (row.kind === 'step') outline.setFolded(row.key, row.isExpanded)
                    focus()
                  }}
                  onShow={(id) => {
                    outline.show(id)
                    editor.select([id])
                    focus()
                  }}
                />
              </div>
            )
          })}
        </div>
      </div>
      {dialog()}
    </div>
  )

  /** What is asked for; each closes with the keyboard back on the row. */
  function dialog() {
    if (asking === null || active === undefined) return null
    const { document } = editor.getState().content
    if (asking.kind === 'delete') {
      return (
        <DeleteDialog
          ids={asking.ids}
          branches={edits.branchesAmong(asking.ids)}
          onClose={(keep) => {
            close()
            if (keep !== null) edits.remove(asking.ids, keep)
          }}
        />
      )
    }
    if (asking.kind === 'note' && active.kind === 'note') {
      const { note } = active
      return (
        <NoteDialog
          text={note.text}
          onWrite={(text, typing) => {
            editor.apply(t('change a note'), (present) => changeNote(present, note.id, { text }), {
              merge: `note ${note.id} ${typing}`,
            })
          }}
          onClose={close}
        />
      )
    }
    if (asking.kind === 'connect' && active.kind !== 'note') {
      const from = active.kind === 'step' ? active.node.id : active.way.from
      return (
        <ConnectDialog
          from={from}
          {...(active.kind === 'step' ? {} : { port: active.way.port })}
          onConnect={(port, to) => edits.connect({ from, port, to })}
          onDisconnect={(port) => edits.disconnect({ from, port })}
          onClose={close}
        />
      )
    }
    if (asking.kind !== 'add') return null
    const way = asking.place === 'after' ? wayAfter(document, active, catalogue.portsOf) : wayBefore(active)
    const box = grid.current?.querySelector('[data-active="true"]')?.getBoundingClientRect()
    const screen = { x: (box?.left ?? 0) + 40, y: box?.bottom ?? 0 }
    if (way === null) return <Refusal onClose={close} />
    return (
      <QuickAdd
        request={{ screen, target: { kind: 'way', way } }}
        steps={catalogue.manifests.filter(({ category }) => category !== 'entry')}
        onChoose={(type) => {
          close()
          edits.insert(type, { kind: 'way', way })
        }}
        onClose={close}
      />
    )
  }
}

/** Nothing can be added here: said, not shown. */
function Refusal({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  useEffect(() => {
    announce(t('Nothing comes after this step: it ends the journey, or has no way in to put a step into.'))
    onClose()
    // Once: closing takes it away.
  }, [])
  return null
}
