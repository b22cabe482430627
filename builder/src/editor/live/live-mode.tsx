/** What the live canvas shows: overlay, range, version. */
export function LiveBar() {
  return null
}

/** Who stands on the selected step. */
export function LivePanel() {
  return null
}
