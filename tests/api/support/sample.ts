/** A request that succeeds on a route, and the small world it succeeds in. */
import type { TestApp } from './test-app.ts'

export interface Sample {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
}

export interface World {
  app: TestApp
  lead: string
  other: string
  enrollment: string
  delivery: string
  /** A fresh open task of the lead. */
  addTask: () => Promise<string>
  /** A fresh lead. */
  addLead: () => Promise<string>
  /** A key that may do everything. */
  key: string
  /** Asks with that key. */
  call: (method: 'post' | 'put', path: string, body: object) => Promise<{ body: unknown }>
  /** Every id in it. */
  ids: string[]
}
