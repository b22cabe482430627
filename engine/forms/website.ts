/** The company's own websites: which pages may embed forms and send events, and where a form may lead. */
import { z } from 'zod'

/** `https://www.example.com`, with a port if it is not the usual one; no path. */
const originSchema = z
  .string()
  .max(300)
  .refine((text) => isOrigin(text), { error: 'Write an origin such as https://www.example.com, without a path.' })

function isOrigin(text: string): boolean {
  const match = /^https?:\/\/([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?$/.exec(text)
  return match !== null
}

/** The company setting `website`. */
export const websiteSchema = z.strictObject({
  origins: z.array(originSchema).max(50).default([]),
})
export type Website = z.infer<typeof websiteSchema>

/** Whether a page of this origin (the `Origin` header) may embed forms. Compared exactly; `null` never fits. */
export function isAllowedOrigin(website: Website, origin: string | undefined): boolean {
  return origin !== undefined && website.origins.includes(origin)
}

/** Whether a form may send people there: an address on one of the company's origins. */
export function isAllowedTarget(website: Website, url: string, companyWebsite?: string): boolean {
  const match = /^(https?:\/\/[^/?#\\@\s]+)(?:[/?#][^\s\\]*)?$/i.exec(url)
  const origin = match?.[1]?.toLowerCase()
  if (origin === undefined) return false
  const own =
    companyWebsite === undefined ? undefined : /^https?:\/\/[^/?#\\@\s]+/i.exec(companyWebsite)?.[0].toLowerCase()
  return website.origins.includes(origin) || origin === own
}
