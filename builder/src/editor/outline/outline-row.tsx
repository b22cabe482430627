/** One line of the outline. */
import { TextInput, UnstyledButton } from '@mantine/core'
import {
  IconAlertTriangleFilled,
  IconArrowMerge,
  IconChevronDown,
  IconChevronRight,
  IconLinkOff,
  IconNote,
  IconPlayerPause,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { findNode } from '#engine/graph/document.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCatalogue, useDocument } from '../editor-context.tsx'
import { useKeyed } from '../keyed-store.ts'
import { useMarks } from '../marks.ts'
import classes from './outline.module.css'
import type { OutlineRow } from './rows.ts'

interface RowProps {
  row: OutlineRow
  isRenaming: boolean
  onRename: (name: string | null) => void
  onFold: () => void
  onShow: (id: string) => void
}

/** The cells; the row around them belongs to the grid. */
export function RowCells({ row, isRenaming, onRename, onFold, onShow }: RowProps) {
  const { t } = useTranslation()
  const indent = { paddingInlineStart: 8 + (row.level - 1) * 20 }
  return (
    <>
      <div role="gridcell" className={classes['name']} style={indent}>
        {row.kind === 'step' && row.isBranch ? (
          <UnstyledButton
            tabIndex={-1}
            className={classes['fold']}
            aria-label={row.isExpanded ? t('Fold its ways') : t('Unfold its ways')}
            onClick={(event) => {
              event.stopPropagation()
              onFold()
            }}
          >
            {row.isExpanded ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          </UnstyledButton>
        ) : (
          <span className={classes['fold']} />
        )}
        {row.kind !== 'note' && row.way !== null && row.way.label !== null ? (
          <span className={classes['way']}>{row.way.label}</span>
        ) : null}
        {row.kind === 'step' ? <StepName row={row} isRenaming={isRenaming} onRename={onRename} /> : null}
        {row.kind === 'join' ? <JoinLink to={row.to} onShow={onShow} /> : null}
        {row.kind === 'open' ? (
          <span className={classes['open']}>
            <IconLinkOff size={14} aria-hidden /> {t('leads nowhere yet')}
          </span>
        ) : null}
        {row.kind === 'note' ? (
          <span className={classes['title']}>
            <IconNote size={16} aria-hidden /> {t('Note')}
          </span>
        ) : null}
      </div>
      <div role="gridcell" className={classes['summary']}>
        <Summary row={row} />
      </div>
      <div role="gridcell" className={classes['figure']}>
        {row.kind === 'step' ? <ProblemCount id={row.key} /> : null}
      </div>
      <div role="gridcell" className={classes['figure']}>
        {row.kind === 'step' ? <LeadsHere id={row.key} /> : null}
      </div>
    </>
  )
}

function StepName({
  row,
  isRenaming,
  onRename,
}: {
  row: Extract<OutlineRow, { kind: 'step' }>
  isRenaming: boolean
  onRename: (name: string | null) => void
}) {
  const { t } = useTranslation()
  const catalogue = useCatalogue()
  const { node } = row
  const [name, setName] = useState(() => catalogue.titleOf(node))
  return (
    <>
      <span className={classes['tile']}>
        <StepTile category={catalogue.categoryOf(node)} icon={catalogue.iconOf(node)} />
      </span>
      {isRenaming ? (
        <TextInput
          size="xs"
          autoFocus
          aria-label={t('Name of the step')}
          value={name}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => onRename(name)}
          onKeyDown={(event) => {
            event.stopPropagation()
            if (event.key === 'Enter') onRename(name)
            else if (event.key === 'Escape') onRename(null)
          }}
        />
      ) : (
        <span className={classes['title']} data-off={node.disabled === true}>
          {catalogue.titleOf(node)}
        </span>
      )}
      {node.disabled === true ? <IconPlayerPause size={14} aria-label={t('Switched off')} /> : null}
      {row.isLoose ? <span className={classes['open']}>{t('not connected')}</span> : null}
      {row.leading > 1 ? (
        <span className={classes['several']}>{t('{{count}} ways lead here', { count: row.leading })}</span>
      ) : null}
    </>
  )
}

function JoinLink({ to, onShow }: { to: string; onShow: (id: string) => void }) {
  const { t } = useTranslation()
  const document = useDocument()
  const catalogue = useCatalogue()
  const node = findNode(document, to)
  return (
    <UnstyledButton
      tabIndex={-1}
      className={classes['join']}
      onClick={(event) => {
        event.stopPropagation()
        onShow(to)
      }}
    >
      <IconArrowMerge size={14} aria-hidden /> {t('→ joins')} <i>{node === undefined ? to : catalogue.titleOf(node)}</i>
    </UnstyledButton>
  )
}

function Summary({ row }: { row: OutlineRow }) {
  const catalogue = useCatalogue()
  if (row.kind === 'step') return <>{catalogue.summaryOf(row.node)}</>
  return row.kind === 'note' ? <>{row.note.text.split('\n')[0]}</> : null
}

function ProblemCount({ id }: { id: string }) {
  const { t } = useTranslation()
  const mark = useKeyed(useMarks().problems, id)
  if (mark === undefined) return null
  const count = mark.errors + mark.warnings
  return (
    <span className={classes['problem']} data-severity={mark.errors > 0 ? 'error' : 'warning'} title={mark.message}>
      <IconAlertTriangleFilled size={12} aria-hidden />
      <span aria-hidden>{count}</span>
      <span className={classes['words']}>{t('{{count}} problems', { count })}</span>
    </span>
  )
}

function LeadsHere({ id }: { id: string }) {
  const mark = useKeyed(useMarks().counts, id)
  return mark === undefined ? null : <>{formatNumber(mark.here)}</>
}
