/** Everything that is wrong with the journey, each at its place. */
export function ProblemsPanel() {
  return null
}

/** How many problems there are, in the top bar. */
export function ProblemsCounter() {
  return null
}
