/** Whether what is on the screen is saved. */
export function SavedState() {
  return null
}
