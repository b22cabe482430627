/** The rehearsal's dock under the canvas. */
export function SimulateDock() {
  return null
}

/** The rehearsal's log, beside the canvas. */
export function SimulatePanel() {
  return null
}
