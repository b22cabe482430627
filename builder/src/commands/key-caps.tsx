/** A command's keys, drawn as on the keyboard. */
import { Kbd } from '@mantine/core'
import { keyCaps } from './keys.ts'
import classes from './commands.module.css'

export function KeyCaps({ keys }: { keys: string }) {
  return (
    <span className={classes['caps']}>
      {keyCaps(keys).map((cap) => (
        <Kbd key={cap} size="xs">
          {cap}
        </Kbd>
      ))}
    </span>
  )
}
