/** Following a path through a plan. */
import type { FieldPlan } from './plan.ts'
import { getAt, setAt, type Path } from './values.ts'

/** The plans of all settings a path goes through, as far as it can be followed. */
function plansAlong(plan: FieldPlan, path: Path): FieldPlan[] {
  const found: FieldPlan[] = []
  let here = plan
  for (const part of path) {
    const next: FieldPlan | null | undefined =
      typeof part === 'number' || here.widget === 'record'
        ? here.item
        : (here.fields.find(({ key }) => key === part) ??
          here.variants.flatMap(({ plan: one }) => one.fields).find(({ key }) => key === part))
    if (next === null || next === undefined) break
    found.push(next)
    here = next
  }
  return found
}

/** The name of the setting a path leads to. */
export function titleAt(plan: FieldPlan, path: Path): string {
  const named = plansAlong(plan, path).findLast(({ title }) => title !== '')
  return named?.title ?? String(path[0] ?? '')
}

/**
 * The change as it must be stored: one within a list or a group that is not there, since its default counts, stores the
 * whole of it.
 */
export function throughDefaults(
  plan: FieldPlan,
  root: unknown,
  path: Path,
  value: unknown,
): { path: Path; value: unknown } {
  const plans = plansAlong(plan, path)
  for (const [index, one] of plans.slice(0, -1).entries()) {
    const prefix = path.slice(0, index + 1)
    if (typeof one.default !== 'object' || one.default === null || getAt(root, prefix) !== undefined) continue
    return { path: prefix, value: setAt(one.default, path.slice(index + 1), value) }
  }
  return { path, value }
}
