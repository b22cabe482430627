/** What is selected, to be changed. */
export function Inspector() {
  return null
}
