/** The journey as a tree, for who does not use the mouse. */
export function Outline() {
  return null
}
