/** Shared by all tabs of a browser: holds their streams. */
import { createHub, type Wish } from './hub.ts'

const hub = createHub((address) => new EventSource(address))
/** A tab that died says nothing; one that lives tells its wishes again every 15 s. */
const silentMs = 60_000

const members = new Map<MessagePort, { heardAt: number; want: (wishes: readonly Wish[]) => void }>()

const scope = globalThis as unknown as { onconnect: (event: MessageEvent) => void }
scope.onconnect = ({ ports: [port] }) => {
  if (port === undefined) return
  const want = hub.join((heard) => port.postMessage(heard))
  const member = { heardAt: Date.now(), want }
  members.set(port, member)
  port.addEventListener('message', ({ data }: MessageEvent<readonly Wish[]>) => {
    members.set(port, member)
    member.heardAt = Date.now()
    want(data)
  })
  port.start()
}

setInterval(() => {
  for (const [port, { heardAt, want }] of members) {
    if (Date.now() - heardAt <= silentMs) continue
    want([])
    members.delete(port)
  }
  hub.tend()
}, 1000)
