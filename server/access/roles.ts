/** What each role may do. ADR 0011 has the table in words; this is it. */
import type { UserRole } from '#engine/vocabulary.ts'
import { everyScope, isOpenScope, scopeOf, type Scope } from '../contract/scopes.ts'
import { routes } from '../contract/routes.ts'
import type { Route } from '../contract/route.ts'

/** Every right that some route asks for, in order of the alphabet. What a key can be given. */
export function listScopes(): Scope[] {
  const all = Object.values<Route>(routes).map((route) => scopeOf(route))
  return [...new Set(all.filter((scope) => !isOpenScope(scope)))].sort()
}

/** Keys, passwords, who may do what, and the record of it: the owner's alone. */
const ownersResources: ReadonlySet<string> = new Set(['keys', 'audit', 'access'])

/** What the company is, how it sends, where its data goes, and what cannot be taken back: others look, owners change. */
const companyResources: ReadonlySet<string> = new Set([
  'people',
  'queues',
  'company',
  'settings',
  'sending',
  'status',
  'webhooks',
  'privacy',
])

/** What sales changes; all else it looks at. */
const salesResources: ReadonlySet<string> = new Set(['tasks', 'notes', 'leads', 'enrollments', 'events'])

/** The rights of a role. Owners have every right, those of routes to come included. */
export function scopesOfRole(role: UserRole): string[] {
  if (role === 'owner') return [everyScope]
  return listScopes().filter((scope) => {
    const [resource = '', right] = scope.split(':')
    if (ownersResources.has(resource)) return false
    if (right === 'read') return true
    if (role === 'marketing') return !companyResources.has(resource)
    return role === 'sales' && salesResources.has(resource)
  })
}
