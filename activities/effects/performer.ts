/** How effects of one type are performed, whether built in (webhook) or custom. */
import type { Json } from '#engine/facts.ts'
import { ActivityFailure } from '../activity-failure.ts'
import type { ActivityContext, ActivityResult } from '../custom-activity.ts'
import type { CustomActivity } from '../define-activity.ts'
import type { LiveActivities } from '../live-activities.ts'

/** What `runEffect` needs of an effect type. */
export interface Performer {
  type: string
  /** The ways out, the usual one first. */
  ports: readonly string[]
  /** The way out test leads take instead of touching anything outside; null = perform for them, too. */
  testPort: string | null
  /** Lead fields to hand over; null = all. */
  fields: readonly string[] | null
  /** @throws {ActivityFailure} or anything else, which counts as retryable. */
  perform(context: ActivityContext, input: Json): Promise<ActivityResult | void>
}

/** The performer of a custom activity. The stored config is read again: the code may have changed since the publish. */
export function performerOf(activity: CustomActivity): Performer {
  const likeliest = activity.manifest.simulate.toSorted((one, other) => other.weight - one.weight)[0]
  return {
    type: activity.type,
    ports: activity.manifest.ports.map(({ id }) => id),
    testPort: activity.testLeads === 'perform' ? null : (likeliest?.port ?? 'next'),
    fields: activity.needs.fields ?? null,
    perform: (context, input) => activity.perform(context, readConfig(activity, input)),
  }
}

/** Performers by type: the built-in ones, and the custom ones that there are now. */
export function performersOf(
  custom: Pick<LiveActivities, 'find'>,
  ...builtIn: readonly Performer[]
): (type: string) => Performer | undefined {
  const made = new WeakMap<CustomActivity, Performer>()
  return (type) => {
    const activity = custom.find(type)
    if (activity === undefined) return builtIn.find((performer) => performer.type === type)
    const performer = made.get(activity) ?? performerOf(activity)
    made.set(activity, performer)
    return performer
  }
}

function readConfig(activity: CustomActivity, input: Json): unknown {
  const stored = typeof input === 'object' && input !== null && !Array.isArray(input) ? input['config'] : undefined
  const read = activity.config.safeParse(stored)
  if (read.success) return read.data
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new ActivityFailure(
    'EFFECT_CONFIG_OUTDATED',
    `The step's settings do not fit the activity "${activity.type}" any more (${problems}); publish the journey again.`,
    { retry: false },
  )
}
