/**
 * Every command of the page, in one registry: the palette (Ctrl+K), the menus, the keyboard and the sheet of shortcuts
 * are made from it.
 */
import { useEffect, useRef } from 'react'

export interface Command {
  /** `editor.undo`. */
  id: string
  /** What it does, as a menu says it: "Undo". May tell more while it is asked: "Undo: delete 3 steps". */
  title: string | (() => string)
  /** For lists that do not change: "Undo", whatever it would undo now. Absent: the title. */
  plainTitle?: string
  group: 'Go to' | 'Edit' | 'Steps' | 'View' | 'Journey' | 'Help'
  /** `mod+z`, `shift+1`, `f8`, `delete`; `mod` is ⌘ on a Mac and Ctrl elsewhere. Several are alternatives. */
  keys?: readonly string[]
  /** Keys that the browser itself turns into an event (copying, pasting): shown, and not listened to. */
  shownKeys?: readonly string[]
  /** Where it appears beside palette and keyboard. */
  menus?: readonly ('step' | 'edge' | 'pane' | 'note')[]
  /** Absent: always possible. */
  isEnabled?: () => boolean
  /** True for keys that also work while a text field has the focus (saving, the palette). */
  worksInFields?: boolean
  run: () => void
}

const registered = new Map<string, Command>()
const listeners = new Set<() => void>()
let snapshot: readonly Command[] = []

/** All commands of what is on the screen now. The same array until one comes or goes. */
export function allCommands(): readonly Command[] {
  return snapshot
}

export function subscribeCommands(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What a command would do now. */
export function titleOfCommand({ title }: Pick<Command, 'title'>): string {
  return typeof title === 'function' ? title() : title
}

/** Registers commands; the returned function takes them away. A later one of the same id stands in for the earlier. */
function registerCommands(commands: readonly Command[]): () => void {
  for (const command of commands) registered.set(command.id, command)
  publish()
  return () => {
    for (const command of commands) if (registered.get(command.id) === command) registered.delete(command.id)
    publish()
  }
}

function publish(): void {
  snapshot = [...registered.values()]
  for (const listener of listeners) listener()
}

/** Registers commands for as long as the component is shown. What they do may change between draws; ids may not. */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands)
  useEffect(() => {
    latest.current = commands
  })
  const ids = commands.map(({ id }) => id).join(' ')
  useEffect(() => {
    const byId = (id: string) => latest.current.find((command) => command.id === id)
    return registerCommands(
      latest.current.map((command): Command => {
        const { id, title } = command
        return {
          ...command,
          title: () => {
            const now = byId(id)?.title ?? title
            return typeof now === 'function' ? now() : now
          },
          isEnabled: () => byId(id)?.isEnabled?.() ?? true,
          run: () => byId(id)?.run(),
        }
      }),
    )
  }, [ids])
}
