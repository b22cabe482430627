/** How sure a share is. */

export interface ShareInterval {
  share: number
  low: number
  high: number
}

/** 97.5 % of a normal distribution lies below it. */
const z95 = 1.959_963_984_540_054

/**
 * The share of `hits` among `trials` with its 95 % Wilson score interval, all 0–1. Unlike the plain one it stays within 0–1
 * and says something for few trials. Null without trials.
 */
export function shareOf(hits: number, trials: number): ShareInterval | null {
  if (trials <= 0) return null
  const share = hits / trials
  const z2 = (z95 * z95) / trials
  const middle = (share + z2 / 2) / (1 + z2)
  const half = (z95 / (1 + z2)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials))
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
