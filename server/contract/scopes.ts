/** What a key or a person may do, as words such as `leads:read`. ADR 0011 says who has which. */
/** `<resource>:<right>`, where the resource is a tag of the reference in lower case, with hyphens for blanks. */
export type Scope = `${string}:${'read' | 'write'}`

/** Open to everybody who can reach the server; who asks is not even looked at. Health and sign-in. */
export const noScope = 'none'

/** Open to everybody, too, but the handler is told who asks. */
export const anyoneScope = 'anyone'

/** Routes that need no right. */
export type OpenScope = typeof noScope | typeof anyoneScope

/** Every right there is. For owners; never given to a key by default. */
export const everyScope = '*'

/** What a browser's write key may do, and all that it may do. */
export const ingestScope: Scope = 'ingest:write'

/** What the route asks for: its own word, else its tag with `read` for GET and `write` for the rest. */
export function scopeOf(route: { scope?: Scope | OpenScope; tag: string; method: string }): Scope | OpenScope {
  if (route.scope !== undefined) return route.scope
  return `${route.tag.toLowerCase().replaceAll(' ', '-')}:${route.method === 'GET' ? 'read' : 'write'}`
}

/** True when the scopes held allow what is asked for. A right to write includes no right to read. */
export function allows(held: readonly string[], wanted: Scope | OpenScope): boolean {
  return isOpenScope(wanted) || held.includes(everyScope) || held.includes(wanted)
}

export function isOpenScope(scope: Scope | OpenScope): scope is OpenScope {
  return scope === noScope || scope === anyoneScope
}
