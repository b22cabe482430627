/** Says to a screen reader, politely, what an edit did: "moved after Wait 3 days". */

let region: HTMLElement | null = null
let clearing: ReturnType<typeof setTimeout> | undefined

/** One region for the whole page. The same sentence twice is said twice. */
export function announce(sentence: string): void {
  region ??= createRegion()
  const place = region
  // An unchanged text is no change to a screen reader; an empty one in between makes it one.
  place.textContent = ''
  requestAnimationFrame(() => {
    place.textContent = sentence
  })
  clearTimeout(clearing)
  clearing = setTimeout(() => {
    place.textContent = ''
  }, 8000)
}

function createRegion(): HTMLElement {
  const element = document.createElement('div')
  element.setAttribute('role', 'status')
  element.setAttribute('aria-live', 'polite')
  element.id = 'announcements'
  Object.assign(element.style, {
    position: 'fixed',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  })
  document.body.append(element)
  return element
}
