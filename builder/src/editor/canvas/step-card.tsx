/** A step's card. Drawn again only when its step, its selection or one of its own marks changes; never for a move. */
import { memo, type CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'
import { Handle, Position, type NodeProps } from 'reactflow'
import { useKeyed } from '../keyed-store.ts'
import { useMarks } from '../marks.ts'
import { categoryLooks } from '../../ui/step-look.ts'
import { StepTile } from '../../ui/step-tile.tsx'
import { formatNumber } from '../../ui/words.ts'
import { useCanvasEvents } from './canvas-events.ts'
import { CardBadges } from './card-badges.tsx'
import { isEnd, portX, rowsOf } from './card-size.ts'
import { CardTitle } from './card-title.tsx'
import type { StepData, StepFlowNode } from './derive.ts'
import { FarHandles } from './far-handles.tsx'
import { useLevel } from './level-of-detail.ts'
import { countRender } from './render-count.ts'
import classes from './card.module.css'

/** Children are placed from inside the card's border. */
const border = 1

export const StepCard = memo(
  ({ id, data, selected }: NodeProps<StepFlowNode>) => {
    countRender('card', id)
    const level = useLevel()
    const marks = useMarks()
    const { isEditable } = useCanvasEvents()
    const problem = useKeyed(marks.problems, id)
    const path = useKeyed(marks.path, id)
    const overlay = useKeyed(marks.overlay, id)
    const diff = useKeyed(marks.diff, id)
    const isFound = useKeyed(marks.found, id)
    const { step, ports, catalogue } = data
    const look = categoryLooks[catalogue.categoryOf(step)]
    return (
      <div
        className={classes['card']}
        data-step={id}
        data-level={level}
        data-selected={selected}
        data-disabled={step.disabled === true}
        data-end={isEnd(step, ports)}
        data-problem={problem === undefined ? undefined : problem.errors > 0 ? 'error' : 'warning'}
        data-path={path === undefined ? undefined : path.isFailed ? 'failed' : path.isCurrent ? 'current' : 'passed'}
        data-tint={overlay?.tint}
        data-diff={diff}
        data-found={isFound}
        style={{ '--category': look.color } as CSSProperties}
      >
        {step.type === 'entry' || level === 'block' ? null : (
          <Handle
            id="in"
            type="target"
            position={Position.Top}
            className={classes['in']}
            isConnectable={isEditable}
            isConnectableStart={false}
          />
        )}
        {level === 'block' ? <FarHandles ports={ports} hasIn={step.type !== 'entry'} border={border} /> : null}
        <Body id={id} data={data} level={level} />
        {(level === 'block' ? [] : ports).map((port, index) => (
          <Handle
            key={port.id}
            id={port.id}
            type="source"
            position={Position.Bottom}
            className={classes['out']}
            data-optional={port.optional}
            isConnectable={isEditable}
            isConnectableEnd={false}
            title={ports.length > 1 ? port.label : undefined}
            style={{ left: portX(index, ports) - border }}
          />
        ))}
        {isEditable && level === 'full' && data.open !== '' ? <OpenWays id={id} data={data} /> : null}
      </div>
    )
  },
  (before, after) => before.id === after.id && before.data === after.data && before.selected === after.selected,
)
StepCard.displayName = 'StepCard'

function Body({ id, data, level }: { id: string; data: StepData; level: 'full' | 'title' | 'block' }) {
  const { step, ports, catalogue, hasFooter, jump } = data
  if (level === 'block') return <Block id={id} title={catalogue.titleOf(step)} />
  const tile = <StepTile category={catalogue.categoryOf(step)} icon={catalogue.iconOf(step)} />
  if (level === 'title') {
    return (
      <>
        <div className={classes['head']}>
          {tile}
          <div className={classes['large']}>{catalogue.titleOf(step)}</div>
        </div>
        {hasFooter ? <Footer id={id} isShort /> : null}
      </>
    )
  }
  const { shown, hidden } = rowsOf(ports)
  const summary = catalogue.summaryOf(step)
  const isLow = isEnd(step, ports)
  return (
    <>
      <div className={classes['head']}>
        {tile}
        <div className={classes['texts']}>
          <CardTitle id={id} title={catalogue.titleOf(step)} />
          {jump === null ? (
            isLow ? null : (
              <div className={classes['summary']} title={summary}>
                {summary}
              </div>
            )
          ) : (
            <JumpChip {...jump} />
          )}
        </div>
        <CardBadges id={id} isDisabled={step.disabled === true} hasNotes={step.notes !== undefined} />
      </div>
      {shown.length === 0 ? null : <Rows labels={shown.map(({ label }) => label)} hidden={hidden} />}
      {hasFooter ? <Footer id={id} /> : null}
    </>
  )
}

/** A "+" below each way out that leads nowhere yet. */
function OpenWays({ id, data: { ports, open } }: { id: string; data: StepData }) {
  const { t } = useTranslation()
  const { addAt } = useCanvasEvents()
  return open.split(' ').map((port) => {
    const index = ports.findIndex((one) => one.id === port)
    return (
      <button
        key={port}
        type="button"
        tabIndex={-1}
        className={`${classes['stub'] ?? ''} nodrag nopan`}
        data-from={id}
        data-port={port}
        style={{ left: portX(index, ports) - border }}
        aria-label={t('Add a step after “{{port}}”', { port: ports[index]?.label ?? port })}
        title={t('Add a step')}
        onClick={(event) => {
          event.stopPropagation()
          addAt({ from: id, port, screen: { x: event.clientX, y: event.clientY } })
        }}
      >
        +
      </button>
    )
  })
}

function Rows({ labels, hidden }: { labels: readonly string[]; hidden: number }) {
  const { t } = useTranslation()
  return (
    <ol className={classes['rows']}>
      {labels.map((label, index) => (
        // Names of ways out may repeat while they are written.
        <li key={index} title={label}>
          {label}
        </li>
      ))}
      {hidden > 0 ? <li data-more="true">{t('and {{count}} more', { count: hidden })}</li> : null}
    </ol>
  )
}

/** "↩ Go to *Step*": a jump is told, not drawn across the canvas. */
function JumpChip({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation()
  const { showStep } = useCanvasEvents()
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`${classes['jump'] ?? ''} nodrag nopan`}
      title={t('Show “{{name}}”', { name })}
      onClick={(event) => {
        event.stopPropagation()
        showStep(id)
      }}
    >
      ↩ {t('Go to')} <i>{name}</i>
    </button>
  )
}

/** Leads on the step, or what an overlay says of it; `isShort` is for seeing from afar. */
function Footer({ id, isShort = false }: { id: string; isShort?: boolean }) {
  countRender('footer', id)
  const { t } = useTranslation()
  const marks = useMarks()
  const count = useKeyed(marks.counts, id)
  const overlay = useKeyed(marks.overlay, id)
  const { here = 0, passed = 0, failed = 0, parked = 0 } = count ?? {}
  return (
    <div className={classes['foot']} data-testid="footer">
      {overlay === undefined ? (
        <>
          <span>
            <b>{formatNumber(here)}</b> {t('here')}
          </span>
          {isShort ? null : (
            <span>
              · {formatNumber(passed)} {t('passed')}
            </span>
          )}
          {failed + parked > 0 && !isShort ? (
            <span className={classes['failed']}>
              · {formatNumber(failed + parked)} {t('not done')}
            </span>
          ) : null}
        </>
      ) : (
        <b>{isShort ? overlay.text.split(' · ')[0] : overlay.text}</b>
      )}
    </div>
  )
}

/** From far away: the colour of its kind, and how many are there. */
function Block({ id, title }: { id: string; title: string }) {
  const marks = useMarks()
  const here = useKeyed(marks.counts, id)?.here ?? 0
  const overlay = useKeyed(marks.overlay, id)
  return (
    <div className={classes['block']} title={title}>
      {overlay === undefined ? (here > 0 ? formatNumber(here) : null) : overlay.text.split(' ')[0]}
    </div>
  )
}
