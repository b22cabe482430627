import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { cleanText } from '#engine/text.ts'
import { HttpProblem } from '../problem.ts'

/** Largest body, in bytes after decompression: 1,000 events of 1 kB each. */
export const maxBodyBytes = 1024 * 1024

/** Deepest nesting. Rules and properties are shallow; what is deeper can only exhaust the stack of who walks it. */
const maxDepth = 64

/** Reads JSON bodies and makes their texts storable: well-formed UTF-16 without NUL, keys included. */
export function jsonBody(options: { limit?: number; type?: string[] } = {}): RequestHandler[] {
  const { limit = maxBodyBytes, type = ['json'] } = options
  return [express.json({ limit, type, strict: false }), cleanBody]
}

function cleanBody(request: Request, _response: Response, next: NextFunction): void {
  request.body = cleanJson(request.body)
  next()
}

/** A copy with every text clean. Without recursion, so that depth cannot exhaust the stack. */
export function cleanJson(value: unknown): unknown {
  const root: { value?: unknown } = {}
  const open: { from: unknown; depth: number; put: (cleaned: unknown) => void }[] = [
    { from: value, depth: 0, put: (cleaned) => (root.value = cleaned) },
  ]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { from, depth, put } = item
    if (typeof from === 'string') put(cleanText(from))
    else if (typeof from !== 'object' || from === null) put(from)
    else if (depth >= maxDepth) {
      throw new HttpProblem('REQUEST_INVALID', `The body is nested more than ${String(maxDepth)} levels deep.`)
    } else if (Array.isArray(from)) {
      const list: unknown[] = []
      list.length = from.length
      for (const [index, member] of from.entries()) {
        open.push({ from: member, depth: depth + 1, put: (cleaned) => (list[index] = cleaned) })
      }
      put(list)
    } else {
      const object: Record<string, unknown> = {}
      for (const [key, member] of Object.entries(from)) {
        const name = cleanText(key)
        // Assigning `__proto__` would set the prototype instead of a key; no field or property is called that.
        if (name === '__proto__') continue
        object[name] = undefined
        open.push({ from: member, depth: depth + 1, put: (cleaned) => (object[name] = cleaned) })
      }
      put(object)
    }
  }
  return root.value
}
