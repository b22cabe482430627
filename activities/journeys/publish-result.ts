import type { Issue } from '#engine/issues.ts'

/** What a publish has done. */
export type PublishResult =
  /** Nothing was changed. */
  | { published: false; issues: Issue[] }
  | {
      published: true
      journeyId: string
      version: number
      hash: string
      /** False when the live version is this very definition already. */
      isNew: boolean
      /** Sweeps that enrol those who match already. */
      sweeps: string[]
      /** What moves leads in flight, when any are; and how many leads each policy is about. */
      moveId: string | null
      counted: number[]
      /** Warnings. */
      issues: Issue[]
    }
