/** The steps one can add. */
export function Palette() {
  return null
}
