/** The page's addresses: each screen and each open drawer is one, so that it can be shared and gone back to. */
import { Anchor, type AnchorProps } from '@mantine/core'
import { useSyncExternalStore, type MouseEvent, type ReactNode } from 'react'

const changed = 'trellis:navigated'

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange)
  addEventListener(changed, onChange)
  return () => {
    removeEventListener('popstate', onChange)
    removeEventListener(changed, onChange)
  }
}

/** The present address. */
export function useAddress(): URL {
  return new URL(useSyncExternalStore(subscribe, () => location.href))
}

/**
 * Goes to an address of the page, keeping the one before for the back button unless it is replaced (typing is no step to
 * go back over). Where one is already is no step.
 */
export function goTo(address: string, { replace = false } = {}): void {
  if (address === `${location.pathname}${location.search}`) return
  if (replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  dispatchEvent(new Event(changed))
}

/** The present address with one parameter set, or without it. */
export function withParameter(address: URL, name: string, value: string | null): string {
  const next = new URL(address)
  if (value === null) next.searchParams.delete(name)
  else next.searchParams.set(name, value)
  return `${next.pathname}${next.search}`
}

type LinkProps = AnchorProps & { to: string; children: ReactNode; 'aria-label'?: string }

/** A link within the page. Works as any link: middle click, copying, keyboard. */
export function Link({ to, children, ...others }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    goTo(to)
  }
  return (
    <Anchor underline="hover" {...others} href={to} onClick={follow}>
      {children}
    </Anchor>
  )
}
