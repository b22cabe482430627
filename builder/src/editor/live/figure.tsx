import { UnstyledButton } from '@mantine/core'
import classes from './live.module.css'

interface FigureProps {
  label: string
  value: string
  note?: string | undefined
  /** Opens what is behind the number. */
  onOpen?: (() => void) | undefined
  isOpen?: boolean | undefined
}

/** One number with what it counts. In a `dl`. */
export function Figure({ label, value, note, onOpen, isOpen = false }: FigureProps) {
  return (
    <div className={classes['figure']}>
      <dt>{label}</dt>
      <dd>
        {onOpen === undefined ? (
          <b>{value}</b>
        ) : (
          <UnstyledButton
            className={classes['number'] ?? ''}
            aria-pressed={isOpen}
            aria-label={`${label}: ${value}`}
            onClick={onOpen}
          >
            {value}
          </UnstyledButton>
        )}
        {note === undefined ? null : <span>{note}</span>}
      </dd>
    </div>
  )
}
