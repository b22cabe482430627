/** The company's own websites: which pages may embed forms, and where a form may lead. */

/** Origins as browsers write them (`https://www.example.com`), without a path. Those that may send events may embed forms. */
export interface Website {
  origins: readonly string[]
}

/** Whether a page of this origin (the `Origin` header) may embed forms. Compared exactly; `null` never fits. */
export function isAllowedOrigin(website: Website, origin: string | undefined): boolean {
  return origin !== undefined && website.origins.includes(origin)
}

/** Whether a form may send people there: an address on one of the company's origins. */
export function isAllowedTarget(website: Website, url: string, companyWebsite?: string): boolean {
  const origin = originOf(url)
  if (origin === null) return false
  return website.origins.includes(origin) || (companyWebsite !== undefined && originOf(companyWebsite) === origin)
}

/** Read strictly: what a browser might read otherwise (user names, backslashes, blanks) has no origin here. */
function originOf(url: string): string | null {
  const [, origin] = /^(https?:\/\/[^/?#\\@\s]+)(?:[/?#][^\s\\]*)?$/i.exec(url) ?? []
  return origin?.toLowerCase() ?? null
}
