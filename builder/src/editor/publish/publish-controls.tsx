/** The button that opens the publish sheet. */
export function PublishButton() {
  return null
}

/** "Draft of v7 · 12 changes". */
export function StatePill() {
  return null
}

/** Sheets over the editor, by the address: publish, history, compare. */
export function PublishSheets() {
  return null
}
