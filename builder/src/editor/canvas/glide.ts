/** How long a move of the view takes, in ms; none for who wants no motion. */
export function glideMs(): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 160
}
