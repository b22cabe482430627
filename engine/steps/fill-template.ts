/** The summary line of a custom step. */

/** `Look up {domain}` with `{ domain: 'acme.example' }` → `Look up acme.example`; unknown names become empty. */
export function fillTemplate(template: string, config: unknown): string {
  const values = typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {}
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  })
}
