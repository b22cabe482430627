/** `?`: every key there is here and now, from the same registry as palette and menus. */
import { Modal } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { labelled } from '../i18n/t.ts'
import classes from './commands.module.css'
import { KeyCaps } from './key-caps.tsx'
import { allCommands, subscribeCommands, titleOfCommand, type Command } from './registry.ts'

/** Keys of the canvas and of the browser that are no commands. */
const others = labelled<{ group: string; title: string; keys: readonly string[] }>([
  { group: 'Canvas', title: 'Walk along the journey', keys: ['arrowup', 'arrowdown', 'arrowleft', 'arrowright'] },
  { group: 'Canvas', title: 'Open the settings of a step', keys: ['enter'] },
  { group: 'Canvas', title: 'Choose a way out of a step', keys: ['mod+arrowdown'] },
  { group: 'Canvas', title: 'One level out', keys: ['escape'] },
])

export function ShortcutSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal opened={isOpen} onClose={onClose} size={800} title={t('Keyboard')}>
      {isOpen ? <Sheet /> : null}
    </Modal>
  )
}

const keysOf = ({ keys = [], shownKeys = [] }: Command) => [...keys, ...shownKeys]

function Sheet() {
  const { t } = useTranslation()
  const commands = useSyncExternalStore(subscribeCommands, allCommands)
  const isEditor = commands.some(({ id }) => id === 'edit.undo')
  const lines = [
    ...commands.flatMap((command) =>
      keysOf(command).length === 0
        ? []
        : [
            {
              group: command.group as string,
              title: command.plainTitle ?? titleOfCommand(command),
              keys: keysOf(command),
            },
          ],
    ),
    ...(isEditor ? others.map(({ title, ...line }) => ({ ...line, title: t(title) })) : []),
  ]
  return (
    <div className={classes['sheet']}>
      {[...Map.groupBy(lines, ({ group }) => group)].map(([group, list]) => (
        <section key={group} className={classes['group']} aria-label={t(group)}>
          <h3>{t(group)}</h3>
          {list.map(({ title, keys }) => (
            <div key={`${title} ${keys.join(' ')}`} className={classes['line']}>
              <span>{title}</span>
              <span className={classes['caps']}>
                {keys.map((one) => (
                  <KeyCaps key={one} keys={one} />
                ))}
              </span>
            </div>
          ))}
        </section>
      ))}
    </div>
  )
}
