/** The few lines of script of a journey's page: zoom and drag. Without them it is still there, and scrolls. */

/** Exactly what stands in the page; the policy below lets nothing else run. */
export const viewerScript = `(() => {
  const frame = document.getElementById('frame')
  const svg = frame.querySelector('svg')
  const shown = document.getElementById('zoom')
  const { width, height } = svg.viewBox.baseVal
  let zoom = 1
  const set = (wanted) => {
    const x = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth
    const y = (frame.scrollTop + frame.clientHeight / 2) / frame.scrollHeight
    zoom = Math.min(3, Math.max(0.1, wanted))
    svg.setAttribute('width', width * zoom)
    svg.setAttribute('height', height * zoom)
    frame.scrollLeft = x * frame.scrollWidth - frame.clientWidth / 2
    frame.scrollTop = y * frame.scrollHeight - frame.clientHeight / 2
    shown.textContent = Math.round(zoom * 100) + ' %'
  }
  const all = () => Math.min(1, frame.clientWidth / width, frame.clientHeight / height)
  const acts = { in: () => set(zoom * 1.25), out: () => set(zoom / 1.25), full: () => set(1), all: () => set(all()) }
  for (const button of document.querySelectorAll('[data-act]')) {
    button.addEventListener('click', acts[button.dataset.act])
  }
  const keys = { '+': 'in', '=': 'in', '-': 'out', 0: 'full' }
  frame.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    acts[act]()
  })
  frame.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    set(zoom * Math.exp(-event.deltaY / 400))
  }, { passive: false })
  let drag = null
  frame.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return
    drag = event
    frame.setPointerCapture(event.pointerId)
  })
  frame.addEventListener('pointermove', (event) => {
    if (drag === null) return
    frame.scrollBy(drag.clientX - event.clientX, drag.clientY - event.clientY)
    drag = event
  })
  for (const end of ['pointerup', 'pointercancel']) frame.addEventListener(end, () => (drag = null))
  document.getElementById('tools').hidden = false
  set(Math.max(0.75, Math.min(1, frame.clientWidth / width)))
  const cards = [...svg.querySelectorAll('g')].map((card) => card.getBoundingClientRect())
  const first = cards.reduce((top, card) => (top === null || card.top < top.top ? card : top), null)
  const box = frame.getBoundingClientRect()
  if (first !== null) frame.scrollLeft += first.left + first.width / 2 - box.left - box.width / 2
  frame.scrollTop = 0
})()`

/** SHA-256 of the script: pages are made where browsers have no hashes (plain http), so it is written down; a test compares. */
export const viewerScriptHash = '4LP88PmywMUVH+Lvpj4URJGPCDvoVy6p+MohureTFqU='
