/**
 * Where lines begin and end on a card that is drawn as a block. React Flow looks for these places in the page when a card
 * appears; real handles, which listen to the pointer, would cost a thousand listeners for dots that nobody can hit.
 */
import type { Port } from '#engine/steps/contract.ts'
import { portX } from './card-size.ts'
import classes from './card.module.css'

export function FarHandles({ ports, hasIn, border }: { ports: readonly Port[]; hasIn: boolean; border: number }) {
  return (
    <>
      {hasIn ? <i className={`target ${classes['far'] ?? ''}`} data-handleid="in" data-handlepos="top" /> : null}
      {ports.map((port, index) => (
        <i
          key={port.id}
          className={`source ${classes['far'] ?? ''}`}
          data-handleid={port.id}
          data-handlepos="bottom"
          style={{ left: portX(index, ports) - border }}
        />
      ))}
    </>
  )
}
