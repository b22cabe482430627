/** Forms as browsers and mail providers send them. */
import express, { type NextFunction, type Request, type RequestHandler, type Response as Reply } from 'express'
import { cleanText } from '#engine/text.ts'

/** Largest form, in bytes. */
const maxFormBytes = 100_000
const maxFields = 1000

/** Fields of a form, in the order sent; one name may come several times. */
export type FormFields = ReadonlyMap<string, readonly string[]>

/**
 * Reads `application/x-www-form-urlencoded` and `multipart/form-data` (RFC 8058 §3.2 allows both) into `formOf`. Files are
 * left out. What cannot be read counts as empty: whoever unsubscribes must not fail over a boundary.
 */
export const formBody: RequestHandler[] = [
  express.raw({ type: ['application/x-www-form-urlencoded', 'multipart/form-data'], limit: maxFormBytes }),
  async (request: Request, response: Reply, next: NextFunction) => {
    response.locals['form'] = await parse(request.body, request.get('content-type') ?? '')
    next()
  },
]

/** The fields of a request that went through `formBody`. Their texts can be stored as they are. */
export function formOf(response: Reply): FormFields {
  return response.locals['form'] as FormFields
}

/** The first value of a field, trimmed; empty when it is missing. */
export function fieldOf(form: FormFields, name: string): string {
  return form.get(name)?.[0]?.trim() ?? ''
}

async function parse(body: unknown, contentType: string): Promise<FormFields> {
  const fields = new Map<string, string[]>()
  if (!(body instanceof Uint8Array)) return fields
  const data = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => null)
  for (const [name, value] of [...(data ?? [])].slice(0, maxFields)) {
    if (typeof value !== 'string') continue
    const key = cleanText(name)
    fields.set(key, [...(fields.get(key) ?? []), cleanText(value)])
  }
  return fields
}
