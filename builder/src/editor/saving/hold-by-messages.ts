/**
 * A lock among the tabs of a browser that offers none (`navigator.locks` is for https and this machine only): whoever wants
 * it asks, and whoever has it answers. A tab that is gone answers nothing, so what it held is found by the next.
 */

type Message = { kind: 'ask'; name: string; from: string } | { kind: 'taken'; name: string; to: string }

/** How long an answer is waited for; tabs in the background are slow. */
const answerMs = 300

/**
 * Null when another tab has it. Of two that ask at the same moment one gets it.
 *
 * @param channelName tabs that share a name share locks
 */
export function holdByMessages(name: string, channelName = 'trellis-slots'): Promise<(() => void) | null> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(() => undefined)
  const { promise, resolve } = Promise.withResolvers<(() => void) | null>()
  const channel = new BroadcastChannel(channelName)
  const me = [...crypto.getRandomValues(new Uint32Array(2))].join('-')
  let isHeld = false
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
  const tell = (message: Message) => channel.postMessage(message)
  const taken = () => {
    clearTimeout(timer)
    channel.close()
    resolve(null)
  }
  const timer = setTimeout(() => {
    isHeld = true
    resolve(() => channel.close())
  }, answerMs)
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.name !== name) return
    if (data.kind === 'taken') {
      if (data.to === me && !isHeld) taken()
    } else if (isHeld || me < data.from) {
      // Also while asking: the lesser of two goes first.
      tell({ kind: 'taken', name, to: data.from })
    } else {
      // That one may not have heard this one ask.
      taken()
    }
  })
  tell({ kind: 'ask', name, from: me })
  return promise
}
