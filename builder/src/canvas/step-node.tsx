import { memo } from 'react'
import { Handle, Position, type Node, type NodeProps } from 'reactflow'
import type { StepCard, StepCount } from '#server/contract/journeys.ts'
import { StepTile } from '../ui/step-tile.tsx'
import { formatNumber } from '../ui/words.ts'
import classes from './canvas.module.css'

export type StepNodeType = Node<{ card: StepCard; count: StepCount | null; passed: number }, 'step'>

/** A step's card: what it is, what it does, and who stands on it. Drawn again only when its own count changes. */
export const StepNode = memo(
  ({ data, selected }: NodeProps<StepNodeType>) => {
    const { card, count, passed } = data
    return (
      <div
        className={classes['card']}
        data-selected={selected}
        data-disabled={card.disabled}
        data-parked={(count?.parked ?? 0) > 0}
        data-step={card.id}
      >
        <Handle
          type="target"
          position={Position.Top}
          className={classes['port']}
          isConnectable={false}
          hidden={card.type === 'entry'}
        />
        <div className={classes['head']}>
          <StepTile category={card.category} icon={card.icon} />
          <div className={classes['texts']}>
            <div className={classes['title']} title={card.name}>
              {card.name}
            </div>
            <div className={classes['summary']} title={card.summary}>
              {card.summary}
            </div>
          </div>
        </div>
        <div className={classes['foot']}>
          <span data-testid={`here-${card.id}`}>
            <b>{formatNumber(count?.here ?? 0)}</b> here
          </span>
          {passed > 0 ? <span>{formatNumber(passed)} passed</span> : null}
          {count !== null && count.paused > 0 ? <span>{formatNumber(count.paused)} paused</span> : null}
          {count !== null && count.parked > 0 ? (
            <span className={classes['problem']}>
              {formatNumber(count.parked)} {count.parked === 1 ? 'needs' : 'need'} a person
            </span>
          ) : null}
        </div>
        {card.ports.length > 0 ? (
          <Handle type="source" position={Position.Bottom} className={classes['port']} isConnectable={false} />
        ) : null}
      </div>
    )
  },
  (before, after) =>
    before.selected === after.selected &&
    before.data.card === after.data.card &&
    before.data.passed === after.data.passed &&
    before.data.count?.here === after.data.count?.here &&
    before.data.count?.paused === after.data.count?.paused &&
    before.data.count?.parked === after.data.count?.parked,
)
StepNode.displayName = 'StepNode'
