/** What runs inside the measured page, as text: one synthetic event per animation frame, forty frames. */

/** Resolves with ms since navigation, when nodes and connections are painted and the view has been at rest for two frames. */
export const whenReady = `new Promise((resolve) => {
  let last = '', still = 0
  const look = () => {
    const view = document.querySelector('.react-flow__viewport')?.style.transform ?? ''
    const isDrawn = document.querySelector('.react-flow__node:not([style*="visibility: hidden"])') !== null &&
      document.querySelector('.react-flow__edge-path') !== null
    still = isDrawn && view === last ? still + 1 : 0
    last = view
    if (still >= 2) resolve(performance.now())
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})`

/** Frames per second over forty frames in which `act(frame)` happens once each. */
function overFrames(setUp: string, act: string, tearDown = ''): string {
  return `(async () => {
    const frame = () => new Promise(requestAnimationFrame)
    ${setUp}
    await frame(); await frame()
    const begun = performance.now()
    for (let index = 1; index <= 40; index += 1) { ${act}; await frame() }
    const took = performance.now() - begun
    ${tearDown}
    await frame(); await frame()
    return 40_000 / took
  })()`
}

const pane = `const pane = document.querySelector('.react-flow__pane'); const at = { bubbles: true, cancelable: true, clientX: 700, clientY: 450, view: window }`

export const gestures = {
  pan: overFrames(pane, `pane.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: index <= 20 ? 12 : -12 }))`),
  zoom: overFrames(
    pane,
    `pane.dispatchEvent(new WheelEvent('wheel', { ...at, ctrlKey: true, deltaY: index <= 20 ? 2 : -2 }))`,
  ),
  drag: overFrames(
    `const node = document.querySelector('.react-flow__node[data-id="' + globalThis.__bench.dragged + '"]')
     const box = node.getBoundingClientRect(); const x = box.left + box.width / 2, y = box.top + Math.min(box.height / 2, 20)
     const mouse = (type, dx, dy) => new MouseEvent(type, { bubbles: true, cancelable: true, view: window, button: 0, buttons: 1, clientX: x + dx, clientY: y + dy })
     node.dispatchEvent(mouse('mousedown', 0, 0)); window.dispatchEvent(mouse('mousemove', 4, 4))`,
    `window.dispatchEvent(mouse('mousemove', 4 + index * 2, 4 + index))`,
    `window.dispatchEvent(mouse('mouseup', 84, 44))`,
  ),
} as const
export type Gesture = keyof typeof gestures
