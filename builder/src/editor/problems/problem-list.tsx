/** Problems, one under the other, each with its place and its fixes. In the drawer and in the sheet that publishes. */
import { UnstyledButton } from '@mantine/core'
import { IconAlertTriangleFilled, IconCircleXFilled } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { findNode } from '#engine/graph/document.ts'
import { useCatalogue, useDocument, useEditorStore } from '../editor-context.tsx'
import { FixControls } from './fix-controls.tsx'
import { goToProblem } from './go-to-problem.ts'
import classes from './problems.module.css'
import { useProblems, useProblemsStore, type Problem } from './problems-store.ts'

interface ProblemListProps {
  problems: readonly Problem[]
  /** Called when somebody goes to a problem, so that what covers the canvas can close. */
  onVisit?: () => void
  /** Called after a fix. */
  onFixed?: () => void
}

export function ProblemList({ problems, onVisit, onFixed }: ProblemListProps) {
  const { t } = useTranslation()
  const editor = useEditorStore()
  const store = useProblemsStore()
  const catalogue = useCatalogue()
  const current = useProblems((state) => state.current)
  const scroller = useRef<HTMLDivElement>(null)
  // Made again at each draw by design: it holds the scroll position itself.
  const rows = useVirtualizer({
    count: problems.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 58,
    overscan: 6,
    getItemKey: (index) => problems[index]?.id ?? index,
  })
  const at = problems.findIndex(({ id }) => id === current)
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' })
  }, [at, rows])
  // The row of what was fixed goes, and the keyboard with it, unless the row after it takes over.
  const fixed = useRef<number | null>(null)
  useEffect(() => {
    const index = fixed.current
    if (index === null) return
    fixed.current = null
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body && document.activeElement !== null) return
      focusRow(scroller.current, Math.min(index, problems.length - 1))
    })
  }, [problems])
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    if (step === 0 || row === null || !(event.target as HTMLElement).matches('[data-visit]')) return
    event.preventDefault()
    const next = Math.max(0, Math.min(problems.length - 1, Number(row.dataset['index']) + step))
    rows.scrollToIndex(next, { align: 'auto' })
    requestAnimationFrame(() => focusRow(scroller.current, next))
  }
  return (
    <div ref={scroller} className={classes['scroller']} onKeyDown={onKeyDown}>
      <ul className={classes['list']} style={{ height: rows.getTotalSize() }} aria-label={t('Problems')}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const problem = problems[index]
          if (problem === undefined) return null
          return (
            <li
              key={key}
              ref={rows.measureElement}
              data-index={index}
              data-current={problem.id === current}
              className={classes['row']}
              style={{ transform: `translateY(${String(start)}px)` }}
              aria-setsize={problems.length}
              aria-posinset={index + 1}
            >
              <ProblemRow
                problem={problem}
                onVisit={() => {
                  onVisit?.()
                  goToProblem(problem, { editor, problems: store, catalogue })
                }}
                onFixed={() => {
                  fixed.current = index
                  onFixed?.()
                }}
              />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function focusRow(scroller: HTMLElement | null, index: number): void {
  scroller?.querySelector<HTMLElement>(`[data-index="${String(index)}"] [data-visit]`)?.focus()
}

function ProblemRow({ problem, onVisit, onFixed }: { problem: Problem; onVisit: () => void; onFixed: () => void }) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const document = useDocument()
  const { severity, message, hint, code, nodeId, path } = problem
  const node = nodeId === undefined ? undefined : findNode(document, nodeId)
  const isError = severity === 'error'
  const Icon = isError ? IconCircleXFilled : IconAlertTriangleFilled
  const field = path[0] === 'ports' || path[0] === 'edges' ? '' : path.filter((part) => part !== 'settings').join(' › ')
  return (
    <>
      <UnstyledButton className={classes['visit']} data-visit onClick={onVisit}>
        <Icon
          size={15}
          className={classes['icon']}
          data-severity={severity}
          aria-label={isError ? t('Error') : t('Warning')}
        />
        <span className={classes['place']}>
          {node === undefined ? (nodeId ?? t('The journey')) : catalogue.titleOf(node)}
        </span>
        <span className={classes['message']}>
          {message}
          {hint === undefined ? null : <span className={classes['hint']}> {hint}</span>}
        </span>
      </UnstyledButton>
      <div className={classes['below']}>
        <FixControls problem={problem} onFixed={onFixed} />
        <span className={classes['about']}>
          {field === '' ? '' : `${field} · `}
          <code>{code}</code>
        </span>
      </div>
    </>
  )
}
