import type { SharedServer } from './embedded-servers.ts'

type Entry = { starting: Promise<SharedServer>; users: number }

// Each project loads its set-up files into its own module graph; only the process is common to all of them.
const registryKey = Symbol.for('trellis.tests.shared-servers')

function registry(): Map<string, Entry> {
  const holder = globalThis as { [registryKey]?: Map<string, Entry> }
  holder[registryKey] ??= new Map()
  return holder[registryKey]
}

/** Starts the named server for its first user of this `vitest run` and stops it with its last. */
export async function shareServer(
  name: string,
  start: () => Promise<SharedServer>,
): Promise<{ address: string; release: () => Promise<void> }> {
  const entry = registry().get(name) ?? { starting: start(), users: 0 }
  registry().set(name, entry)
  entry.users += 1
  const server = await entry.starting
  return {
    address: server.address,
    release: async () => {
      entry.users -= 1
      if (entry.users > 0) return
      registry().delete(name)
      await server.stop()
    },
  }
}
