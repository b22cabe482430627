/** The gates of the canvas, by size of the journey. Ratios are ours over bare React Flow in the same round. */

export interface Gate {
  name: string
  /** What it must be, for 200 and for 1,000 steps. */
  atLeast?: readonly [number, number]
  atMost?: readonly [number, number]
  unit: '×' | 'renders' | 'ms'
}

export const gates: readonly Gate[] = [
  { name: 'fps at 0.8, pan', atLeast: [0.9, 1.3], unit: '×' },
  { name: 'fps at 0.8, drag', atLeast: [0.9, 1.4], unit: '×' },
  { name: 'fps at 0.8, zoom', atLeast: [0.9, 1.3], unit: '×' },
  { name: 'fps all in view, pan', atLeast: [0.95, 1], unit: '×' },
  { name: 'fps all in view, drag', atLeast: [0.95, 0.6], unit: '×' },
  { name: 'fps all in view, zoom', atLeast: [0.95, 1], unit: '×' },
  { name: 'script per frame at 0.8, pan', atMost: [1.1, 0.6], unit: '×' },
  { name: 'script per frame at 0.8, drag', atMost: [1.1, 0.5], unit: '×' },
  { name: 'ready at the saved viewport', atMost: [0.9, 0.6], unit: '×' },
  { name: 'card renders, drag 40 frames', atMost: [45, 45], unit: 'renders' },
  { name: 'card renders, counts tick on 3', atMost: [3, 3], unit: 'renders' },
  { name: 'card renders, selecting', atMost: [2, 2], unit: 'renders' },
  { name: 'edit, relayout, painted: script', atMost: [16, 60], unit: 'ms' },
  { name: 'tidy up (ELK, warm)', atMost: [1000, 4000], unit: 'ms' },
  { name: 'check the whole journey (worker, warm)', atMost: [20, 100], unit: 'ms' },
]

export function isMet({ atLeast, atMost }: Gate, size: 0 | 1, value: number): boolean {
  return (atLeast === undefined || value >= atLeast[size]) && (atMost === undefined || value <= atMost[size])
}
