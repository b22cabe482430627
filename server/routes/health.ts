import { getHealth, getReady } from '../contract/health.ts'
import type { Health } from '../contract/health.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'

/** `/health` and `/ready`. */
export function healthRoutes(deps: {
  health: (maxAgeMs: number) => Promise<Health>
  isReady: () => Promise<boolean>
}): Implementation[] {
  return [
    implement(getHealth, async () => {
      const health = await deps.health(0)
      return health.status === 'ok' ? ok(health) : reply(503, health)
    }),
    implement(getReady, async () =>
      (await deps.isReady()) ? ok({ ready: true as const }) : reply(503, { ready: false as const }),
    ),
  ]
}
